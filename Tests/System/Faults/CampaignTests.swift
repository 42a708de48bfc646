import Foundation
import Testing

/// Many seeded runs with everything going wrong. See Docs/testing.md for how to run one again.
@Suite("campaigns")
struct CampaignTests {
    @Test("a fleet under random faults keeps its promises, whatever the seed")
    func campaigns() async throws {
        var tally = Tally()
        await withTaskGroup(of: Tally.self) { group in
            for (place, seed) in Seeds.all.enumerated() {
                if place >= Seeds.atOnce, let one = await group.next() { tally.add(one) }
                group.addTask {
                    let campaign = Campaign(seed: seed)
                    await campaign.run()
                    if campaign.ledger.findings.isEmpty {
                        print("campaign \(seed): \(campaign.ledger.notes.joined(separator: "; "))")
                        fflush(nil)
                    } else {
                        Issue.record("\(campaign.report)")
                    }
                    return campaign.ledger.tally
                }
            }
            for await one in group { tally.add(one) }
        }
        print("\(Seeds.all.count) campaigns: \(tally)")
        fflush(nil)
    }
}
