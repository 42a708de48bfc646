import CallProtocol
import NIOCore
import Testing

@testable import capstan

@Suite("What people and scripts see")
struct OutputTests {
    static func table() -> Table {
        Table(
            [.init("NAME"), .init("CPUS", isNumber: true), .init("STATE")],
            rows: [
                [.init("gpu-1"), .init("16"), .init("connected", .state("connected"))],
                [.init("日本"), .init(nil), .init("", .plain)],
            ])
    }

    @Test("Tables are aligned, numbers to the right, nothing padded at the end of a line")
    func aligned() {
        #expect(
            Self.table().text(coloured: false) == """
                NAME   CPUS  STATE
                gpu-1    16  connected
                日本      -  -

                """)
    }

    @Test("Colours surround a field and not its padding")
    func coloured() {
        let text = Self.table().text(coloured: true)
        #expect(text.contains("\u{1B}[32mconnected\u{1B}[0m\n"))
        #expect(text.hasPrefix("\u{1B}[1mNAME\u{1B}[0m   "))
    }

    @Test("Control characters of others never reach the terminal")
    func safe() {
        #expect(CellText.line("a\u{1B}]0;x\u{7}\nb\u{202E}c") == "a?]0;x??b?c")
        #expect(CellText.lines("a\nb\u{1B}") == "a\nb?")
        #expect(Table.Cell("\u{1B}[31m").text == "?[31m")
    }

    @Test("Times are shown as distances")
    func ago() {
        let printer = Printer(
            format: .table, isQuiet: false, isColoured: false, isIndented: false, output: OutputDescriptor(1),
            now: 1_700_000_000_000)
        #expect(printer.ago("2023-11-14T22:13:08.000Z") == "12s ago")
        #expect(printer.ago("2023-11-15T01:13:20Z") == "in 3h")
        #expect(printer.ago(nil) == nil)
        #expect(printer.ago("nonsense") == "nonsense")
    }

    @Test("Indented JSON says the same as compact JSON")
    func pretty() throws {
        let value: JSONValue = ["a": [1, ["b": "x\n"]], "empty": [], "none": .null, "o": .object(JSONObject())]
        let text = value.pretty()
        #expect(
            text == """
                {
                  "a": [
                    1,
                    {
                      "b": "x\\n"
                    }
                  ],
                  "empty": [],
                  "none": null,
                  "o": {}
                }
                """)
        #expect(try RawJSON(validating: .init(string: text)).value() == value)
    }

    @Test("YAML quotes what would be read as something else")
    func yaml() throws {
        let value: JSONValue = ["name": "gpu-1", "version": "1.0", "flag": "true", "n": 3, "list": ["a", .null]]
        let text = try value.yaml()
        #expect(text.contains("name: gpu-1\n"))
        #expect(text.contains("version: '1.0'\n"))
        #expect(text.contains("flag: 'true'\n"))
        #expect(text.contains("n: 3\n"))
        #expect(text.contains("- null\n"))
    }

    @Test("Missing members are shown as null where scripts look for them")
    func filling() {
        let value: JSONValue = ["id": "a"]
        #expect(value.filling(["id", "lastSeen"]).description == #"{"id":"a","lastSeen":null}"#)
    }

    @Test(
        "A number in YAML is one for every reader",
        arguments: [(0.5, "0.5"), (2, "2.0"), (1e20, "1.0e+20"), (1.5e-9, "1.5e-09"), (5e-300, "5.0e-300")])
    func yamlNumbers(value: Double, text: String) throws {
        #expect(try JSONValue.object(["cpus": .double(value)]).yaml() == "cpus: \(text)\n")
    }
}
