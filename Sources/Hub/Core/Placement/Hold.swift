extension Placement {
    /// Room on one node that is kept for one demand.
    struct Hold {
        enum Kind {
            /// Ageing has carried it past the highest priority. Kept from whatever is smaller, because only the smaller
            /// can slip in before it for ever; what is as large or larger competes with it in fair order.
            case aged
            /// Attempts are being ended for it. Kept from everything that is not of higher priority.
            case preempting
        }

        let kind: Kind
        let item: FairQueue.Item
        let node: Int
        let need: Resources
        /// False once it has been used or taken.
        var isActive = true
    }
}

extension Placement.Planner {
    /// Places a demand in the room kept for it, if that is enough by now.
    mutating func takeOwnHold(_ item: Placement.FairQueue.Item) -> Bool {
        for index in holdsOf[item.demand] ?? [] where holds[index].isActive {
            let hold = holds[index]
            let room = table.free[hold.node].subtracting(respected(by: item, on: hold.node, replacing: index))
            guard hold.need.fits(in: room) else { continue }
            table.take(hold.need, on: hold.node, releasing: hold.need)
            holds[index].isActive = false
            assign(item, hold.node)
            return true
        }
        return false
    }

    /// Places a demand in room kept for another that it does not have to respect.
    mutating func takeFromHold(_ item: Placement.FairQueue.Item) -> Bool {
        let signature = signatureOf[item.demand]
        let need = signatures[signature].need
        for index in holds.indices where holds[index].isActive {
            let hold = holds[index]
            let replaces = hold.kind == .aged && hold.need.fits(in: need)
            guard replaces || outranks(item, hold), may(signature, use: hold.node) else { continue }
            let room = table.free[hold.node]
                .subtracting(respected(by: item, on: hold.node, replacing: replaces ? index : nil))
            guard need.fits(in: room) else { continue }
            // A hold that is merely outranked stays: letting it go could free more than was taken, and a plan relies
            // on room that only shrinks.
            table.take(need, on: hold.node, releasing: replaces ? hold.need : .zero)
            if replaces { holds[index].isActive = false }
            assign(item, hold.node)
            return true
        }
        return false
    }

    /// What is kept on a node from a demand, the hold that it replaces aside.
    func respected(
        by item: Placement.FairQueue.Item, on node: Int, replacing replaced: Int?
    ) -> Placement.Resources {
        (holdsOn[node] ?? []).reduce(.zero) { sum, index in
            let hold = holds[index]
            guard hold.isActive, index != replaced, !outranks(item, hold) else { return sum }
            return sum.adding(hold.need)
        }
    }

    private func outranks(_ item: Placement.FairQueue.Item, _ hold: Placement.Hold) -> Bool {
        switch hold.kind {
        case .aged:
            item.effective != hold.item.effective
                ? item.effective > hold.item.effective : item.demand < hold.item.demand
        case .preempting: item.priority > hold.item.priority
        }
    }
}
