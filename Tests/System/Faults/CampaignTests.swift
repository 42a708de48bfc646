import Foundation
import Testing

/// Many seeded runs with everything going wrong. See Docs/testing.md for how to run one again.
@Suite("campaigns")
struct CampaignTests {
    @Test("a fleet under random faults keeps its promises, whatever the seed")
    func campaigns() async throws {
        await withTaskGroup(of: Void.self) { group in
            for (place, seed) in Seeds.all.enumerated() {
                if place >= Seeds.atOnce { await group.next() }
                group.addTask {
                    let campaign = Campaign(seed: seed)
                    await campaign.run()
                    if campaign.ledger.findings.isEmpty {
                        print("campaign \(seed): \(campaign.ledger.notes.joined(separator: "; "))")
                        fflush(nil)
                    } else {
                        Issue.record("\(campaign.report)")
                    }
                }
            }
        }
    }
}
