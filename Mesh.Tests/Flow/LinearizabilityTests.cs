using Mesh.Storage.Postgres;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Histories of writes and strong reads, recorded at two Registries on one PostgreSQL and checked by search.</summary>
public sealed class LinearizabilityTests(PostgresServer server)
{
    private const int Registers = 4, Clients = 12, Operations = 100, Seed = 20_260_302;

    [Fact]
    public Task Writes_and_strong_reads_across_two_Registries_are_linearizable() => Run(kill: false);

    [Fact]
    public Task Writes_and_strong_reads_stay_linearizable_while_one_Registry_is_killed() => Run(kill: true);

    private async Task Run(bool kill)
    {
        var seed = TestSeed.Of(Seed);
        using var folders = new TempFolder();
        var database = await server.NewDatabase();
        await using var one = await RegistryProcess.Start(folders.File("one"), database);
        await using var two = await RegistryProcess.Start(folders.File("two"), database);
        var history = new RegisterHistory();
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var random = TestSeed.DrawsOf(seed, client);
            for (var i = 0; i < Operations; i++)
            {
                var (registry, register) = (random.Next(2) == 0 ? one : two, $"register-{random.Next(Registers)}");
                var value = $"{client}-{i}";
                if (random.Next(2) == 0)
                    await history.Write(register, value, async () => (await registry.Register(register, "only", 8080, value))?.Sequence);
                else await history.Read(register, () => registry.Read(register));
            }
        }));
        if (kill)
        {
            await Eventually.True(() => history.Count.All > Clients * Operations / 4, TimeSpan.FromSeconds(60), "a quarter is done");
            await two.Process.Kill();
            await two.StartAgain();
        }

        await clients;
        TestContext.Current.TestOutputHelper?.WriteLine($"{history.Count.All} operations, {history.Count.Unknown} of unknown outcome");
        history.Verify();
        await using var store = new PostgresLogStore(database);
        await store.OpenAsync(TestContext.Current.CancellationToken);
        await LogChain.Verify(store);
    }
}
