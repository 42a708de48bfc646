import CallProtocol
import Mapping
import Market

/// An expression, and the answer that it is worked out over: two texts with a NUL between them.
enum ExpressionTarget {
    static let target = FuzzTarget(
        name: "expression", allowance: .seconds(2),
        words: [
            "answer", ".a", "[0]", "['a']", " ?? ", " && ", " || ", " == ", " in ", " ? ", " : ", "null", "GiB",
            "{'a': ",
            "first(", "last(", "values(", "keys(", "merge(", "present(", "split(", "join(", "replace(", "number(",
            "min(",
            "time(", "shell(", "base64(", "pairs(", ")", "\0", "{\"a\":", "1e308", "0.5",
        ],
        seeds: {
            [
                "answer.a[0].b * 2 + 1\0{\"a\":[{\"b\":\"0.5\"}]}", "first(split(answer, ', ')) ?? 'x'\0\"a, b\"",
                "answer.a == null ? {'a': values(answer)} : merge(answer, null)\0{\"b\":1}",
                "join(present(answer), '-') + shell(answer)\0[1,null,\"it's\"]", "-(1 / answer) % 3 < 2 && !false\00",
            ].map { Array($0.utf8) }
        },
        run: { bytes in
            let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let answer = try? JSONParser.parse(Array(halves[1])) else { return }
            let text = String(decoding: halves[0], as: UTF8.self)
            if case .success(let template) = attempt(ExpressionError.self, { try Template(["t": .string(text)]) }) {
                _ = attempt(ExpressionError.self) { try template.value(["answer": answer]) }
            }
            guard case .success(let expression) = attempt(ExpressionError.self, { try Expression(text) }),
                case .success(let value) = attempt(ExpressionError.self, { try expression.value(["answer": answer]) })
            else { return }
            let again = try? JSONParser.parse(Array(value.description.utf8))
            must(again != nil, "`\(text)` makes JSON: \(value)")
        })
}

/// A mapping, and an answer that it is to understand: two texts with a NUL between them.
enum MappingTarget {
    static let target = FuzzTarget(
        name: "mapping", largest: 16_384, allowance: .seconds(4),
        words: [
            "rent:\n", "offers:", "for: {", "where: ", "price: ", "id: ", "keep: {", "create:", "before: {", "then: {",
            "\0", "answer", "item",
            "want.",
        ],
        seeds: {
            let answer =
                #"{"gpus":[{"id":"a","memory":24,"price":{"secure":1},"maxCount":{"secure":2},"dataCenters":[{"id":"x"}]}],"pods":[{"id":"1","status":"RUNNING"}],"offers":[{"id":1,"dph_total":"0.5"}],"instances":[{"id":2}]}"#
            return ShippedProvider.all.map { Array(($0.mapping + "\0" + answer).utf8) }
        },
        run: { bytes in
            let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, let answer = try? JSONParser.parse(Array(halves[1])),
                case .success(let mapping) = attempt(
                    CallError.self, { try ProviderMapping(String(decoding: halves[0], as: UTF8.self)) }),
                let rent = mapping.rent
            else { return }
            var wish = RentWish()
            wish.gpus = 1
            for listing in rent.offers {
                _ = attempt(CallError.self) { try listing.call.input(["want": wish.json]) }
                let found = attempt(CallError.self) {
                    try listing.offers(answer, wish: wish, provider: "p", currency: rent.currency, now: 0)
                }
                guard case .success(let list) = found else { continue }
                for offer in list.offers {
                    must(offer.price >= 0 && offer.price <= 1_000_000 && !offer.id.isEmpty, "\(offer) is one")
                    must((try? JSONParser.parse(Array(offer.json.description.utf8))) != nil, "\(offer) can be told")
                }
            }
            if case .success(let all) = attempt(CallError.self, { try rent.instances(listed: answer) }) {
                must(all.allSatisfy { !$0.id.isEmpty }, "what is listed can be told apart")
            }
            _ = attempt(CallError.self) { try rent.instance(got: answer) }
            let lost = CallError(.timeout, "m", details: ["mayHaveHappened": true, "body": answer])
            must(rent.meaning(of: lost, creating: true).meaning == .reconcile, "what was lost is looked for")
        })
}
