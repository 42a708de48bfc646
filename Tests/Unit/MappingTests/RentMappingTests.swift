import CallProtocol
import Market
import Testing

@testable import Mapping

@Suite("Mappings that people write")
struct RentMappingTests {
    private static let whole = """
        rent:
          currency: EUR
          offers:
            - call: list
              input: {query: {n: "${want.cpus}"}}
              for: {kind: values(answer.kinds), place: kind.places}
              id: kind.name + '@' + place
              price: kind.cents / 100
              keep: {kind: kind.name}
          create: {call: make, input: {body: {name: "${name}", kind: "${offer.keep.kind}"}}, id: answer.id}
          get: {call: one, input: {path: {id: "${id}"}}}
          list: {call: all, items: answer.data}
          terminate: {call: end, input: {body: {ids: ["${id}"]}}}
          instance: {id: item.id, name: item.name, status: item.state, statuses: {up: running}}
          bootstrap: {id: MY_ID}
        """

    @Test("a whole one says what is called with what, and what the answers mean")
    func whole() throws {
        let rent = try #require(try ProviderMapping(Self.whole).rent)
        #expect(rent.operations.map(\.name) == ["list", "make", "one", "all", "end"])
        let answer: JSONValue = [
            "kinds": ["a": ["name": "a", "cents": 50, "places": ["x", "y"]], "b": ["name": "b", "cents": 7]]
        ]
        let offers = try rent.offers[0].offers(answer, wish: RentWish(), provider: "p", currency: rent.currency, now: 0)
            .offers
        #expect(
            offers.map(\.id) == ["a@x", "a@y"] && offers.map(\.price) == [0.5, 0.5] && offers[0].currency == "EUR")
        let order = RentOrder(name: "n", offer: offers[0], image: "i", disk: 1, env: [:], command: [], script: "")
        #expect(try rent.create.input(order.names) == ["body": ["name": "n", "kind": "a"]])
        #expect(try rent.terminate.input(["id": "7"]) == ["body": ["ids": ["7"]]])
        #expect(try rent.instances(listed: ["data": [["id": "1", "state": "up", "name": "n"]]])[0].status == .running)
        var wish = RentWish()
        wish.cpus = 2
        #expect(try rent.offers[0].call.input(["want": wish.json]) == ["query": ["n": 2]])
    }

    @Test("what goes ahead of a create and what follows it are made of the order, and stand among the operations")
    func around() throws {
        let text = Self.whole.replacing(
            "id: answer.id",
            with: "id: answer.id, before: {call: fetch, input: {query: {from: '${image}'}}}, then: "
                + "[{call: begin, input: {path: {id: '${id}'}}}, {call: tag, input: {body: {as: '${name}'}}}]")
        let rent = try #require(try ProviderMapping(text).rent)
        #expect(
            rent.operations.map(\.place) == [
                "rent.offers[0]", "rent.create", "rent.create.before[0]", "rent.create.then[0]", "rent.create.then[1]",
                "rent.get", "rent.list", "rent.terminate",
            ])
        #expect(rent.operations[2].name == "fetch" && rent.operations[4].name == "tag")
        #expect(try rent.before[0].input(["image": "i"]) == ["query": ["from": "i"]])
        #expect(try rent.then[0].input(["id": "7"]) == ["path": ["id": "7"]])
        #expect(try rent.then[1].input(["name": "n"]) == ["body": ["as": "n"]])
    }

    @Test(
        "every mistake is named with its place, and with what may have been meant",
        arguments: [
            ("currency: EUR", "curency: EUR", "mapping.rent: unknown key `curency`; did you mean `currency`?"),
            (
                "id: kind.name + '@' + place", "id: kin.name",
                "mapping.rent.offers[0].id: there is no `kin` here; did you mean `kind`?"
            ),
            (
                "price: kind.cents / 100", "price: kind.cents /",
                "mapping.rent.offers[0].price: `kind.cents /`: a value should stand here"
            ),
            ("price: kind.cents / 100", "prize: 1", "mapping.rent.offers[0].price: is required and missing"),
            ("kind: values(answer.kinds)", "kind: valuse(answer.kinds)", "did you mean `values`?"),
            (
                "kind: values(answer.kinds)", "kind: place.kinds",
                "mapping.rent.offers.for.kind: there is no `place` here"
            ),
            ("call: make, ", "", "mapping.rent.create.call: is required and missing"),
            (
                "id: answer.id", "id: answer.id, then: {call: begin, input: {body: {id: '${ids}'}}}",
                "mapping.rent.create.then.input: there is no `ids` here; did you mean `id`?"
            ),
            (
                "id: answer.id", "id: answer.id, before: [{call: fetch, input: {body: {id: '${id}'}}}]",
                "mapping.rent.create.before[0].input: there is no `id` here"
            ),
            (
                "id: answer.id", "id: answer.id, then: [{call: begin, input: {body: {k: '${offer.keep.size}'}}}]",
                "mapping.rent.create.then[0].input: no offer keeps `size`"
            ),
            (
                "id: answer.id", "id: answer.id, before: [{call: fetch, items: x}]",
                "mapping.rent.create.before[0]: unknown key `items`"
            ),
            ("${name}", "${nam}", "mapping.rent.create.input: there is no `nam` here; did you mean `name`?"),
            ("${name}", "${name", "body.name: `${` has no `}`"),
            ("{up: running}", "{up: runing}", "mapping.rent.instance.statuses.up: `runing` is none of"),
            ("{id: MY_ID}", "{id: 7}", "mapping.rent.bootstrap.id: must be a text"),
            ("list: {call: all, items: answer.data}", "list: x", "mapping.rent.list: must be an object"),
            (
                "currency: EUR", "errors: [{when: status == 1, then: nextofer}]",
                "mapping.rent.errors[0].then: `nextofer` is none of"
            ),
            (
                "items: answer.data", "items: item.data",
                "mapping.rent.list.items: there is no `item` here; known are answer"
            ),
            (
                "bootstrap: {id: MY_ID}", "bootstrap: {release: {method: DELETE, url: 'http://x'}}",
                "must begin with https://"
            ),
        ])
    func mistakes(_ right: String, _ wrong: String, _ reason: String) {
        let error = #expect(throws: CallError.self) { try ProviderMapping(Self.whole.replacing(right, with: wrong)) }
        #expect(error?.code == .invalidInput && error?.message.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("an answer that does not fit is as good as none, and says what did not fit")
    func unfit() throws {
        let rent = try #require(try ProviderMapping(Self.whole).rent)
        for answer: JSONValue in [
            nil, [:], ["data": nil], ["data": ["id": "1"]], ["data": [["name": "n"]]], ["data": [3]],
        ] {
            #expect(throws: CallError.self, "\(answer)") { try rent.instances(listed: answer) }
        }
        let error = #expect(throws: CallError.self) {
            try rent.offers[0].offers(
                ["kinds": [["cents": []]]], wish: RentWish(), provider: "p", currency: "EUR", now: 0)
        }
        #expect(error?.code == RentMapping.unreadable && error?.message.contains("values takes an object") == true)
        let lost = #expect(throws: CallError.self) { try rent.id(created: ["ok": true]) }
        #expect(lost.map { rent.meaning(of: $0, creating: true).meaning } == .reconcile)
    }
}
