using System.Net;
using Mesh.AspNetCore;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Security;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Flow;

/// <summary>Mutual TLS in a whole mesh as it starts: nothing is prepared but the service itself.</summary>
public class MutualTlsFlowTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_becomes_strict_is_still_called_and_still_probed()
    {
        await using var mesh = await AspireMesh.StartAsync();
        using var folder = new TempFolder();
        var token = await mesh.Api.Credentials.CreateJoinTokenAsync(new JoinTokenBody { Service = "shop" }, Cancel);
        await using var shop = await MeshServer.Start(new Uri(mesh.Registry), "shop", MeshTlsMode.Strict, folder.File("shop"),
            token.Value.Token, null, Cancel);
        await mesh.Api.Mtls.SetAsync(new MtlsModeBody { Service = "shop" }, cancellationToken: Cancel);
        await mesh.Register(new RegistrationRequest
        {
            Name = "shop", Url = $"http://127.0.0.1:{shop.Port}", HealthCheck = new() { Kind = "http", Path = "/", Interval = "1s" },
        });
        await Eventually.True(async () => await Called() == "spiffe://cdaprod.mesh/ns/default/sa/gateway", Soon, "the gateway calls it");
        await Eventually.True(async () => await Health() == "passing", Soon, "the worker's probe passes");

        // The other way round: who has no certificate gets nothing, and plaintext is what the mesh speaks again.
        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync($"http://127.0.0.1:{shop.Port}/", Cancel));
        await mesh.Api.Mtls.SetAsync(new MtlsModeBody { Service = "shop", Mode = "disable" }, cancellationToken: Cancel);
        await Eventually.True(async () => await Health() != "passing", Soon, "a probe in plaintext is refused");

        async Task<string> Called()
        {
            using var answer = await mesh.Http.GetAsync($"{mesh.Gateway}/shop/", Cancel);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            return answer.StatusCode == HttpStatusCode.OK ? text : $"{(int)answer.StatusCode} {text}";
        }

        async Task<string?> Health() =>
            (await mesh.Get($"{mesh.Registry}/api/discovery/services/shop")).GetProperty("instances")[0].GetProperty("health").GetString();
    }
}
