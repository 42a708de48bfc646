extension Placement {
    /// Where a node stands among those of its pool: the smallest goes first.
    struct Rank: Comparable {
        /// Own nodes and cheaper ones first.
        var price: Int32
        /// How many attempts that asked for no CPU share each of the node's CPUs. Packing saves nothing where nothing is
        /// asked for, so that these go round the nodes.
        var crowding: Int32
        /// How full it is, 0 to 1; negated for bin-pack.
        var load: Double
        /// Attempts there, negated for bin-pack.
        var attempts: Int
        /// The node's place in the seeded order; unique, so that no two ranks are equal.
        var tie: Int32

        @inline(__always)
        static func < (left: Rank, right: Rank) -> Bool {
            if left.price != right.price { return left.price < right.price }
            if left.crowding != right.crowding { return left.crowding < right.crowding }
            if left.load != right.load { return left.load < right.load }
            if left.attempts != right.attempts { return left.attempts < right.attempts }
            return left.tie < right.tie
        }
    }

    /// Nodes in the order in which they should be filled, searchable for the first one with enough room.
    ///
    /// An ordered list cut into blocks, each of which knows the most that any of its nodes has free of each kind: a
    /// search steps over whole blocks of full nodes, a change touches one or two blocks. With 10,000 nodes that is about
    /// a hundred comparisons for either, without the worst cases of a tree over several dimensions.
    struct FreeIndex {
        /// A node with its place and its room.
        struct Entry {
            var rank: Rank
            var free: Resources
            var node: Int
        }

        private struct Block {
            var entries: [Entry]
            var mostFree: Resources

            init(_ entries: [Entry]) {
                self.entries = entries
                mostFree = entries.reduce(.zero) { $0.union($1.free) }
            }
        }

        private static let blockSize = 128
        private var blocks: [Block] = []

        /// Builds it from entries in any order.
        init(_ entries: [Entry]) {
            let sorted = entries.sorted { $0.rank < $1.rank }
            // Half full, so that the first changes do not split every block.
            let step = Self.blockSize / 2
            for start in stride(from: 0, to: sorted.count, by: step) {
                blocks.append(Block(Array(sorted[start..<min(start + step, sorted.count)])))
            }
        }

        /// The first entry in order with room for `need` on a node that is allowed.
        @inline(__always)
        func first(fitting need: Resources, where isAllowed: (Int) -> Bool) -> Entry? {
            for block in blocks where need.fits(in: block.mostFree) {
                for entry in block.entries where need.fits(in: entry.free) && isAllowed(entry.node) { return entry }
            }
            return nil
        }

        /// Moves the entry that stands at `old` to its new rank with its new room. An unknown rank changes nothing.
        mutating func update(from old: Rank, to entry: Entry) {
            guard let (block, position) = find(old) else { return }
            blocks[block].entries.remove(at: position)
            if blocks[block].entries.isEmpty {
                blocks.remove(at: block)
            } else {
                blocks[block] = Block(blocks[block].entries)
            }
            insert(entry)
        }

        private mutating func insert(_ entry: Entry) {
            guard !blocks.isEmpty else {
                blocks = [Block([entry])]
                return
            }
            let block = blockIndex(of: entry.rank)
            let position = position(of: entry.rank, in: block)
            blocks[block].entries.insert(entry, at: position)
            guard blocks[block].entries.count > Self.blockSize else {
                blocks[block].mostFree = blocks[block].mostFree.union(entry.free)
                return
            }
            let entries = blocks[block].entries
            let middle = entries.count / 2
            blocks[block] = Block(Array(entries[..<middle]))
            blocks.insert(Block(Array(entries[middle...])), at: block + 1)
        }

        private func find(_ rank: Rank) -> (block: Int, position: Int)? {
            guard !blocks.isEmpty else { return nil }
            let block = blockIndex(of: rank)
            let position = position(of: rank, in: block)
            guard position < blocks[block].entries.count, blocks[block].entries[position].rank == rank else {
                return nil
            }
            return (block, position)
        }

        /// The last block whose first rank is not after `rank`, or the first block.
        private func blockIndex(of rank: Rank) -> Int {
            var low = 0
            var high = blocks.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if rank < blocks[middle].entries[0].rank { high = middle } else { low = middle }
            }
            return low
        }

        /// Where `rank` stands or would stand in a block.
        private func position(of rank: Rank, in block: Int) -> Int {
            blocks[block].entries.withUnsafeBufferPointer { entries in
                var low = 0
                var high = entries.count
                while low < high {
                    let middle = (low + high) / 2
                    if entries[middle].rank < rank { low = middle + 1 } else { high = middle }
                }
                return low
            }
        }
    }
}
