/// What someone may have meant by a misspelt name.
package enum NearestName {
    /// The known name nearest to `name`, where one is near enough: a third of its letters (at least one, at most
    /// three) added, left out, replaced or swapped with a neighbour, whatever their case. The first of equals.
    package static func to(_ name: String, among known: [String]) -> String? {
        let wanted = Array(name.lowercased())
        guard wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in known {
            let letters = Array(candidate.lowercased())
            let allowed = min(3, max(1, max(wanted.count, letters.count) / 3))
            guard abs(letters.count - wanted.count) <= allowed, letters.count <= 64 else { continue }
            let distance = distance(wanted, letters)
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Edits between two words (optimal string alignment: Damerau's four, no part edited twice).
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var twoBack: [Int] = []
        var back = Array(0...other.count)
        for row in one.indices {
            var now = [row + 1]
            for column in other.indices {
                let same = one[row] == other[column]
                var least = min(back[column] + (same ? 0 : 1), back[column + 1] + 1, now[column] + 1)
                if row > 0, column > 0, one[row] == other[column - 1], one[row - 1] == other[column] {
                    least = min(least, twoBack[column - 1] + 1)
                }
                now.append(least)
            }
            (twoBack, back) = (back, now)
        }
        return back[other.count]
    }
}
