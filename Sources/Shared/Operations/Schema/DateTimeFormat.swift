/// The format `date-time`: RFC 3339, section 5.6.
enum DateTimeFormat {
    /// Whether the text is a date, a time and an offset that can be (leap seconds included).
    static func accepts(_ text: String) -> Bool {
        var rest = Substring(text)
        guard let year = number(&rest, 4), take("-", &rest), let month = number(&rest, 2), take("-", &rest),
            let day = number(&rest, 2), take("T", &rest) || take("t", &rest) || take(" ", &rest),
            let hour = number(&rest, 2), take(":", &rest), let minute = number(&rest, 2), take(":", &rest),
            let second = number(&rest, 2)
        else { return false }
        if take(".", &rest) {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count)
        }
        if !take("Z", &rest), !take("z", &rest) {
            guard take("+", &rest) || take("-", &rest), let hours = number(&rest, 2), take(":", &rest),
                let minutes = number(&rest, 2), hours < 24, minutes < 60
            else { return false }
        }
        return rest.isEmpty && (1...12).contains(month) && day >= 1 && day <= days(of: month, in: year)
            && hour < 24 && minute < 60 && second <= 60
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ rest: inout Substring, _ digits: Int) -> Int? {
        let part = rest.prefix(digits)
        guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(digits)
        return Int(part)
    }

    private static func take(_ character: Character, _ rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }
}
