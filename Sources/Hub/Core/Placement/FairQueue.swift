extension Placement {
    /// The order in which demands are looked at.
    ///
    /// Inside one priority the owner with the smallest share goes next, oldest demand first; waiting counts as a smaller
    /// share, a whole fleet's worth a day, so that owners who come and go cannot shut one out for good. Between
    /// priorities the highest goes first, where each priority is raised by the age of the demand it would give next.
    struct FairQueue {
        /// A ready demand in brief.
        struct Item {
            var demand: Int
            var owner: Int
            var priority: Int
            /// Minutes since it was submitted.
            var waited: Double
            /// Its priority with what ageing added.
            var effective: Double
        }

        private struct Line {
            var items: [Int] = []
            var next = 0
        }

        /// An owner's place in a priority's heap. `key` may be out of date, but only ever too small.
        private struct Place {
            var key: Double
            var item: Int
            var owner: Int
        }

        private struct Level {
            var priority: Int
            var lines: [Int: Line] = [:]
            var heap: [Place] = []
            var isStale = true
        }

        /// Minutes of waiting that weigh as much as using the whole fleet.
        private static let minutesPerShare = 1440.0

        private let items: [Item]
        private let ages: Bool
        private var levels: [Level]

        /// Items in order of submission. Without ageing waiting changes nothing.
        init(_ items: [Item], ledger: Ledger, ages: Bool) {
            self.items = items
            self.ages = ages
            var levels: [Int: Level] = [:]
            for (index, item) in items.enumerated() {
                levels[item.priority, default: Level(priority: item.priority)]
                    .lines[item.owner, default: Line()].items.append(index)
            }
            self.levels = levels.values.sorted { $0.priority > $1.priority }
            for level in self.levels.indices {
                for (owner, line) in self.levels[level].lines {
                    push(Place(key: key(line.items[0], ledger), item: line.items[0], owner: owner), level)
                }
            }
        }

        /// Takes the next demand off, nil when none is left.
        mutating func next(_ ledger: Ledger) -> Item? {
            var best: Int?
            for level in levels.indices where !levels[level].heap.isEmpty {
                if levels[level].isStale { settle(level, ledger) }
                guard let current = best else {
                    best = level
                    continue
                }
                if head(level).effective > head(current).effective { best = level }
            }
            guard let best else { return nil }
            let item = head(best)
            advance(best, ledger)
            return item
        }

        /// Says that an owner's share has grown.
        mutating func ownerCharged(_ owner: Int) {
            for level in levels.indices where levels[level].heap.first?.owner == owner { levels[level].isStale = true }
        }

        private func head(_ level: Int) -> Item { items[levels[level].heap[0].item] }

        private func key(_ item: Int, _ ledger: Ledger) -> Double {
            let share = ledger.share(items[item].owner)
            return ages ? share - items[item].waited / Self.minutesPerShare : share
        }

        /// Brings the right owner to the top: as keys only grow, a top that is up to date is the smallest.
        private mutating func settle(_ level: Int, _ ledger: Ledger) {
            while let top = levels[level].heap.first {
                let now = key(top.item, ledger)
                if now == top.key { break }
                levels[level].heap[0].key = now
                siftDown(level)
            }
            levels[level].isStale = false
        }

        /// Moves the top owner on to its next demand.
        private mutating func advance(_ level: Int, _ ledger: Ledger) {
            let owner = levels[level].heap[0].owner
            levels[level].lines[owner]?.next += 1
            if let line = levels[level].lines[owner], line.next < line.items.count {
                let item = line.items[line.next]
                levels[level].heap[0] = Place(key: key(item, ledger), item: item, owner: owner)
            } else {
                levels[level].heap.swapAt(0, levels[level].heap.count - 1)
                levels[level].heap.removeLast()
            }
            siftDown(level)
            levels[level].isStale = true
        }

        private static func before(_ left: Place, _ right: Place) -> Bool {
            left.key != right.key ? left.key < right.key : left.item < right.item
        }

        private mutating func push(_ place: Place, _ level: Int) {
            levels[level].heap.append(place)
            var child = levels[level].heap.count - 1
            while child > 0 {
                let parent = (child - 1) / 2
                guard Self.before(levels[level].heap[child], levels[level].heap[parent]) else { break }
                levels[level].heap.swapAt(child, parent)
                child = parent
            }
        }

        private mutating func siftDown(_ level: Int) {
            let count = levels[level].heap.count
            var parent = 0
            while 2 * parent + 1 < count {
                var child = 2 * parent + 1
                if child + 1 < count, Self.before(levels[level].heap[child + 1], levels[level].heap[child]) {
                    child += 1
                }
                guard Self.before(levels[level].heap[child], levels[level].heap[parent]) else { break }
                levels[level].heap.swapAt(parent, child)
                parent = child
            }
        }
    }
}
