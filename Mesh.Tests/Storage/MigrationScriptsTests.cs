using Mesh.Storage.Migrations;
using Mesh.Storage.Postgres;
using Mesh.Storage.Sqlite;

namespace Mesh.Tests.Storage;

public class MigrationScriptsTests
{
    [Fact]
    public void Versions_run_from_1_on_without_a_gap()
    {
        Assert.Equal(2, new MigrationScripts([Script(2), Script(1)]).Latest);
        Assert.Contains("no migration scripts", Refused([]), StringComparison.Ordinal);
        Assert.Contains("0002-x.sql has version 2, where 1 is due", Refused([Script(2)]), StringComparison.Ordinal);
        Assert.Contains("0003-x.sql has version 3, where 2 is due", Refused([Script(1), Script(3)]), StringComparison.Ordinal);
        Assert.Contains("0002-x.sql has version 2, where 3 is due", Refused([Script(1), Script(2), Script(2)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_stores_carry_their_scripts()
    {
        foreach (var scripts in (MigrationScripts[])[SqliteSchema.Scripts, PostgresSchema.Scripts])
        {
            Assert.True(scripts.Latest >= 1);
            Assert.Equal("0001-log.sql", scripts.After(0, "")!.Name);
            Assert.Null(scripts.After(scripts.Latest, ""));
        }
    }

    private static Migration Script(int version) => new(version, $"{version:0000}-x.sql", "");

    private static string Refused(Migration[] scripts) =>
        Assert.Throws<InvalidOperationException>(() => new MigrationScripts(scripts)).Message;
}
