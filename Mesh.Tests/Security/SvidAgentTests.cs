using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mesh.Identity;
using Mesh.Tests.Cli;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security;

/// <summary>The agent, as a library and as a command, against a real Registry whose certificates live for ten seconds.</summary>
public sealed class SvidAgentTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private SigningRegistry _registry = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await SigningRegistry.Start("00:00:10");

    public async ValueTask DisposeAsync() => await _registry.DisposeAsync();

    [Fact]
    public async Task It_joins_renews_before_the_end_and_openssl_accepts_each_certificate()
    {
        var folder = new SvidFolder(_registry.Folder("shop"));
        var issued = new ConcurrentQueue<Svid>();
        var token = await _registry.Token("shop");
        await RunUntil(Agent(folder, token, what => Note(issued, what)),
            () => issued.Count >= 3);
        Assert.All(issued, svid => Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/shop", svid.SpiffeId));
        Assert.All(issued.Zip(issued.Skip(1)), pair => Assert.True(pair.Second.IssuedAt < pair.First.NotAfter, "renewed before its end"));
        Assert.All(issued.Zip(issued.Skip(1)), pair => Assert.True(pair.Second.IssuedAt >= pair.First.RenewAt, "and not before its half"));
        Assert.Equal(issued.Count, issued.Select(svid => svid.KeyPem).Distinct().Count());
        foreach (var svid in issued)
            Assert.Equal("OK", await OpenSsl.Verify(svid.Chain, [await File.ReadAllTextAsync(folder.Bundle, Cancel)], svid.IssuedAt));
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_with_what_is_in_its_files_and_needs_no_token()
    {
        var folder = new SvidFolder(_registry.Folder("shop"));
        var issued = new ConcurrentQueue<Svid>();
        await Agent(folder, await _registry.Token("shop"), what => Note(issued, what)).GetAsync(Cancel);
        await RunUntil(Agent(folder, null, what => Note(issued, what)), () => issued.Count >= 2);
        Assert.Equal(issued.Last().KeyPem, (await folder.ReadAsync(Cancel))!.Svid.KeyPem);
    }

    [Fact]
    public async Task While_the_Registry_is_away_what_is_there_stays_and_it_renews_when_that_is_back()
    {
        var folder = new SvidFolder(_registry.Folder("shop"));
        var told = new ConcurrentQueue<SvidEvent>();
        var agent = Agent(folder, await _registry.Token("shop"), told.Enqueue);
        var first = await agent.GetAsync(Cancel);
        await _registry.StopProcess();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = agent.RunAsync(end.Token);
        await Eventually.True(() => told.OfType<SvidEvent.Failed>().Any(), Soon, "it has failed");
        Assert.Equal(first.Svid.KeyPem, (await folder.ReadAsync(Cancel))!.Svid.KeyPem);
        await _registry.StartProcess();
        // It may have expired meanwhile, on a slow machine: then only another token helps, as docs/security.md says.
        await Eventually.True(() => told.OfType<SvidEvent.Issued>().Count() >= 2
            || told.OfType<SvidEvent.Failed>().Any(failed => failed.Reason.Contains("no join token", StringComparison.Ordinal)
                || failed.Reason.Contains("join token is unknown, used", StringComparison.Ordinal)), Soon, "it has another one");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_certificate_of_another_service_is_not_taken()
    {
        var folder = new SvidFolder(_registry.Folder("shop"));
        var agent = new SvidAgent(folder, _registry.Api.Certificates, new SvidAgentOptions
        {
            JoinToken = async _ => await _registry.Token("cart"),
            Expected = "default/shop",
        }, _ => { });
        var refused = await Assert.ThrowsAsync<SvidException>(() => agent.GetAsync(Cancel));
        Assert.Contains("/sa/cart", refused.Message, StringComparison.Ordinal);
        Assert.Null(await folder.ReadAsync(Cancel));
    }

    [Fact]
    public async Task Files_that_are_no_identity_are_named_and_kept()
    {
        var folder = new SvidFolder(_registry.Folder("shop"));
        Directory.CreateDirectory(_registry.Folder("shop"));
        await File.WriteAllTextAsync(folder.Combined, "something else", Cancel);
        var agent = Agent(folder, await _registry.Token("shop"), _ => { });
        var broken = await Assert.ThrowsAsync<SvidException>(() => agent.GetAsync(Cancel));
        Assert.Contains(folder.Combined, broken.Message, StringComparison.Ordinal);
        Assert.Equal("something else", await File.ReadAllTextAsync(folder.Combined, Cancel));
    }

    [Fact]
    public async Task The_command_keeps_the_files_which_only_their_owner_can_read()
    {
        using var cli = new CliProgram { Environment = { ["MESH_REGISTRY"] = _registry.Address.ToString() } };
        var (folder, token) = (_registry.Folder("run"), _registry.Folder("token"));
        await File.WriteAllTextAsync(token, await _registry.Token("shop") + "\n", Cancel);
        var got = await cli.Mesh("security", "agent", "--service=shop", $"--dir={folder}", $"--token-file={token}", "--once");
        Assert.True(got.ExitCode == 0, got.Error);
        Assert.Contains("spiffe://cdaprod.mesh/ns/default/sa/shop", got.Error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "tls.key")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "tls.pem")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }

        var (code, text) = await OpenSsl.Run("verify", "-CAfile", Path.Combine(folder, "ca.crt"), "-untrusted",
            Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.crt"));
        Assert.True(code == 0, text);
        Directory.Delete(folder, true);
        var used = await cli.Mesh("security", "agent", "--service=shop", $"--dir={folder}", $"--token-file={token}", "--once");
        Assert.Equal(1, used.ExitCode);
        Assert.Contains("unknown, used, revoked or expired", used.Error, StringComparison.Ordinal);
        var none = await cli.Mesh("security", "agent", "--service=shop", $"--dir={folder}", "--once");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("no join token", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_and_a_certificate_that_do_not_belong_together_are_refused()
    {
        var authority = new TestAuthority();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = authority.Issue(authority.Id("shop"), TestAuthority.Start, new(key));
        Assert.Equal("spiffe://cdaprod.mesh/ns/default/sa/shop",
            Svid.Of(key.ExportPkcs8PrivateKeyPem(), [leaf.ExportCertificatePem()], TestAuthority.Start).SpiffeId);
        Assert.Throws<CryptographicException>(() =>
            Svid.Of(other.ExportPkcs8PrivateKeyPem(), [leaf.ExportCertificatePem()], TestAuthority.Start));
        Assert.Throws<CryptographicException>(() => Svid.Parse("", TestAuthority.Start));
    }

    private SvidAgent Agent(SvidFolder folder, string? token, Action<SvidEvent> happened) => new(folder, _registry.Api.Certificates,
        new SvidAgentOptions
        {
            JoinToken = _ => Task.FromResult(token),
            Backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)),
        }, happened);

    private static void Note(ConcurrentQueue<Svid> issued, SvidEvent what)
    {
        if (what is SvidEvent.Issued one) issued.Enqueue(one.Svid);
    }

    private static async Task RunUntil(SvidAgent agent, Func<bool> enough)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = agent.RunAsync(end.Token);
        await Eventually.True(enough, Soon, "it has its certificates");
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
