using System.Globalization;
using Mesh.Bench.Running;

namespace Mesh.Bench.Gateway;

/// <summary>
/// What a long table of routes costs: 1, 100 and 1,000 routes to one upstream, the request taken by the last of them, in the gateway, nginx
/// (locations) and haproxy (maps); bare YARP with one route beside them. Three rounds, else as with one route.
/// </summary>
internal static class RouteTableBench
{
    private const int Rounds = 3;
    private static readonly ManyRoutes[] Tables = [new(1), new(100), new(1_000)];

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        if (Machine.Find("wrk") is not { } wrk)
        {
            Console.WriteLine("wrk is not installed (apt-get install wrk).");
            return;
        }

        await using var children = new Peers();
        var upstream = await children.UpstreamAsync(cancellationToken);
        await using var mesh = await MeshUnderTest.StartAsync("both", gateway: true, cancellationToken);
        using (var client = new HttpClient { BaseAddress = new Uri(mesh.Registry) })
        {
            foreach (var table in Tables) await DeclareAsync(client, table, upstream, cancellationToken);
        }

        var peers = await children.StartAsync(upstream, Tables, cancellationToken);
        peers.InsertRange(0,
            Tables.Select(
                table => (Name("mesh gateway", table), $"http://127.0.0.1:{mesh.GatewayPort}{table.LatePath}", mesh.Gateway!.Id)));
        foreach (var (_, url, _) in peers) await mesh.Gateway!.ReadyAsync(url, cancellationToken);
        await GatewayBench.MeasureAsync(wrk, peers, Rounds, cancellationToken);
    }

    public static string Name(string peer, ManyRoutes table) =>
        string.Create(CultureInfo.InvariantCulture, $"{peer}, {table.Count:N0} {(table.Count == 1 ? "route" : "routes")}");

    private static async Task DeclareAsync(HttpClient client, ManyRoutes table, string upstream, CancellationToken cancellationToken)
    {
        await MeshUnderTest.RegisterAsync(client, new { name = table.Service, url = upstream }, cancellationToken);
        await Parallel.ForEachAsync(table.Declarations,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (body, token) =>
        {
            using var answer = await client.PostAsJsonAsync("/api/traffic/routes", body, token);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(token)}");
        });
    }
}
