using System.Net;
using System.Security.Cryptography;
using Mesh.AspNetCore;
using Mesh.Identity;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security;

/// <summary>A server with <c>UseMeshTls</c>, as openssl and .NET clients meet it. Its certificates are a real Registry's.</summary>
public sealed class MeshTlsTests : IAsyncLifetime
{
    private SigningRegistry _registry = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await SigningRegistry.Start("00:00:20");

    public async ValueTask DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task A_strict_server_takes_workloads_of_the_mesh_and_refuses_everybody_else()
    {
        await using var server = await Serve("shop", MeshTlsMode.Strict);
        var (caller, identity) = await _registry.Join("caller", "caller");
        string[] trust = ["-CAfile", caller.Bundle, "-verify_return_error", "-no-CApath"];
        string[] known = ["-cert", caller.Certificate, "-cert_chain", caller.Certificate, "-key", caller.Key];
        foreach (var version in (string[])["-tls1_3", "-tls1_2"])
        {
            var accepted = await OpenSsl.Ask(server.Port, [.. trust, .. known, version]);
            Assert.Contains("HTTP/1.1 200 OK", accepted, StringComparison.Ordinal);
            Assert.Contains("spiffe://cdaprod.mesh/ns/default/sa/caller", accepted, StringComparison.Ordinal);
            Assert.Contains("Verify return code: 0 (ok)", accepted, StringComparison.Ordinal);
            AssertRefused(await OpenSsl.Ask(server.Port, [.. trust, version]));
            AssertRefused(await OpenSsl.Ask(server.Port, [.. trust, .. Write(Foreign("cdaprod.mesh")), version]));
            AssertRefused(await OpenSsl.Ask(server.Port, [.. trust, .. Write(Foreign("other.example")), version]));
        }

        AssertRefused(await OpenSsl.Ask(server.Port, [.. trust, .. known, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]));

        // One that was good until now.
        await Eventually.True(() => TimeProvider.System.GetUtcNow() > identity.Svid.NotAfter, TimeSpan.FromSeconds(60), "it has expired");
        AssertRefused(await OpenSsl.Ask(server.Port, [.. trust, .. known]));
    }

    [Fact]
    public async Task A_strict_server_refuses_plaintext_and_a_permissive_one_takes_both()
    {
        await using var strict = await Serve("shop", MeshTlsMode.Strict);
        await using var permissive = await Serve("cart", MeshTlsMode.Permissive);
        using var plain = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync($"http://127.0.0.1:{strict.Port}/", Cancel));
        Assert.Equal("nobody", await plain.GetStringAsync($"http://127.0.0.1:{permissive.Port}/", Cancel));
        var (_, identity) = await _registry.Join("caller", "caller");
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            foreach (var server in (MeshServer[])[strict, permissive])
            {
                using var secure = Client(identity);
                secure.DefaultRequestVersion = version;
                Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/caller",
                    await secure.GetStringAsync($"https://127.0.0.1:{server.Port}/", Cancel));
            }
        }

        // Whoever answers must be the service that is called.
        using var picky = Client(identity, id => id.EndsWith("/sa/cart", StringComparison.Ordinal));
        await Assert.ThrowsAsync<HttpRequestException>(() => picky.GetStringAsync($"https://127.0.0.1:{strict.Port}/", Cancel));
        Assert.NotEmpty(await picky.GetStringAsync($"https://127.0.0.1:{permissive.Port}/", Cancel));
    }

    [Fact]
    public async Task Leaf_intermediate_and_root_rotate_and_no_call_is_lost()
    {
        await using var server = await Serve("shop", MeshTlsMode.Strict);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var token = await _registry.Token("caller");
        var agent = new SvidAgent(new SvidFolder(_registry.Folder("caller")), _registry.Api.Certificates,
            new SvidAgentOptions { JoinToken = _ => Task.FromResult<string?>(token) }, _ => { });
        await agent.GetAsync(Cancel);
        var renewing = agent.RunAsync(end.Token);
        var (calls, issuers) = (0, new HashSet<string>());
        async Task CallUntil(Func<bool> enough)
        {
            while (!enough())
            {
                // A connection of its own for each call, so that each is a handshake.
                using var client = Client(agent.Current!);
                using var response = await client.GetAsync($"https://127.0.0.1:{server.Port}/", Cancel);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                issuers.Add(agent.Current!.Svid.Chain[^1]);
                calls++;
            }
        }

        async Task CallUntilRenewed(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var (mine, theirs) = (agent.Current, server.Identity.Current);
                await CallUntil(() => agent.Current != mine && server.Identity.Current != theirs);
            }
        }

        await CallUntilRenewed(1);
        await _registry.Api.Authority.RotateAsync(new() { }, null, Cancel);
        await CallUntilRenewed(1);
        await _registry.Api.Authority.RotateAsync(new() { Root = true }, null, Cancel);
        // The new root is trusted from the next renewal on, and used after the life of a certificate.
        await CallUntil(() => issuers.Count >= 3);
        await CallUntilRenewed(1);
        Assert.True(issuers.Count >= 3, "leaves of the first, the second and the new root's intermediate were used");
        TestContext.Current.TestOutputHelper?.WriteLine($"{calls} calls");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => renewing);
    }

    [Fact]
    public async Task A_program_that_gets_no_certificate_does_not_begin_to_serve()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Serve("shop", MeshTlsMode.Strict, "mesh-join.wrong", patience.Token));
    }

    private static void AssertRefused(string said)
    {
        Assert.DoesNotContain("HTTP/1.1", said, StringComparison.Ordinal);
        Assert.Matches("(?i)alert|errno|unexpected eof", said);
    }

    // Of the right name and the wrong authority, or the other way round.
    private static (string Key, string Certificate) Foreign(string domain)
    {
        var now = TimeProvider.System.GetUtcNow();
        var authority = new TestAuthority(domain) { State = TestAuthority.At(now).Create(TrustDomain.TryParse(domain)!) };
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = authority.Issue(authority.Id("caller"), now, new(key));
        return (key.ExportPkcs8PrivateKeyPem(), string.Join('\n', authority.Chain(leaf, now)));
    }

    private string[] Write((string Key, string Certificate) pair)
    {
        var (key, certificate) = (_registry.Folder("foreign.key"), _registry.Folder("foreign.crt"));
        File.WriteAllText(key, pair.Key);
        File.WriteAllText(certificate, pair.Certificate);
        return ["-cert", certificate, "-cert_chain", certificate, "-key", key];
    }

    private static HttpClient Client(WorkloadIdentity identity, Predicate<string>? isExpected = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new TlsIdentity(identity).ClientOptions("127.0.0.1", isExpected),
    }) { DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private Task<MeshServer> Serve(string service, MeshTlsMode mode, string? token = null, CancellationToken? cancellation = null) =>
        MeshServer.Start(_registry, service, mode, null, token, cancellation);
}
