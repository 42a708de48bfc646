import GRDB

/// The schema's history. Migrations are only ever appended, and use no type of the application: what they did on the
/// first database they must do on the last.
enum StoreMigrator {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 settings") { db in try db.execute(sql: SettingsSchema.v1) }
        migrator.registerMigration("0002 peers") { db in try db.execute(sql: PeersSchema.v1) }
        migrator.registerMigration("0003 tokens") { db in try db.execute(sql: TokensSchema.v1) }
        migrator.registerMigration("0004 events") { db in try db.execute(sql: EventsSchema.v1) }
        migrator.registerMigration("0005 workloads") { db in try db.execute(sql: WorkloadsSchema.v1) }
        migrator.registerMigration("0006 journal") { db in try db.execute(sql: JournalSchema.v1) }
        migrator.registerMigration("0007 idempotency") { db in try db.execute(sql: IdempotencySchema.v1) }
        migrator.registerMigration("0008 key rotation") { db in try db.execute(sql: PeersSchema.rotation) }
        migrator.registerMigration("0009 workload reach") { db in try db.execute(sql: WorkloadsSchema.v2) }
        migrator.registerMigration("0010 workload refusals") { db in try db.execute(sql: WorkloadsSchema.v3) }
        migrator.registerMigration("0011 tunnels") { db in try db.execute(sql: TunnelsSchema.v1) }
        migrator.registerMigration("0012 tunnels by name") { db in try db.execute(sql: TunnelsSchema.v2) }
        migrator.registerMigration("0013 tunnel peers") { db in
            try db.execute(sql: PeersSchema.sponsors)
            try db.execute(sql: TokensSchema.tunnels)
        }
        migrator.registerMigration("0014 providers") { db in try db.execute(sql: ProvidersSchema.v1) }
        migrator.registerMigration("0015 instances") { db in try db.execute(sql: InstancesSchema.v1) }
        migrator.registerMigration("0016 pools") { db in try db.execute(sql: InstancesSchema.pools) }
        return migrator
    }
}
