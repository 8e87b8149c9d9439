using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Credentials;
using Mesh.Kernel.Log;
using Mesh.Security;
using Mesh.Security.Issuing;
using Mesh.Security.JoinTokens;
using Mesh.Security.Keys;
using Mesh.Security.Operations;
using Mesh.Storage.Hosting;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Tests.Security.Support;

/// <summary>What of the security module works in one Registry, on a real database.</summary>
internal sealed class TestMesh : IAsyncDisposable
{
    private readonly ILogStore _log;
    private readonly TestMeters _meters = new();

    private TestMesh(ILogStore log, SecurityOptions options, TimeProvider time, ILoggerFactory logs)
    {
        _log = log;
        Store = LogStoreFactory.CredentialsOf(log);
        var settings = Options.Create(options);
        Vaults = new KeyVaults(settings, Store);
        Authority = new CertificateAuthority(Store, Vaults, settings, time, logs.CreateLogger<CertificateAuthority>());
        Tokens = new JoinTokenBook(Store, time);
        Issuer = new CertificateIssuer(Authority, Store, Tokens, logs.CreateLogger<CertificateIssuer>());
        Changes = new AuthorityOperations(Authority, Vaults, logs.CreateLogger<AuthorityOperations>());
        Credentials = new CredentialOperations(Authority, Store, Tokens, time, logs.CreateLogger<CredentialOperations>());
        Certificates = new CertificateOperations(Issuer, new SecurityMetrics(_meters, Authority),
            logs.CreateLogger<CertificateOperations>());
        Upkeep = new AuthorityUpkeep(Authority, Store, null!, time, logs.CreateLogger<AuthorityUpkeep>());
    }

    public ICredentialStore Store { get; }

    public KeyVaults Vaults { get; }

    public CertificateAuthority Authority { get; }

    public JoinTokenBook Tokens { get; }

    public CertificateIssuer Issuer { get; }

    public AuthorityOperations Changes { get; }

    public CredentialOperations Credentials { get; }

    public CertificateOperations Certificates { get; }

    public AuthorityUpkeep Upkeep { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>One on an opened database.</summary>
    public static async Task<TestMesh> Open(ILogStore log, SecurityOptions options, TimeProvider time, ILoggerFactory? logs = null)
    {
        await log.OpenAsync(Token);
        return new TestMesh(log, options, time, logs ?? Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
    }

    /// <summary>A new join token of a service.</summary>
    public async Task<string> NewToken(string service = "shop", TimeSpan? lifetime = null) =>
        (await Tokens.CreateAsync(new ServiceKey("default", service), lifetime ?? JoinTokenBook.DefaultLifetime, "test", Token))
        .Token.Reveal();

    /// <summary>A first certificate.</summary>
    public async Task<TestIdentity> Join(string service = "shop")
    {
        var identity = new TestIdentity();
        identity.Take(Accepted(await Issuer.JoinAsync(TestCsr.Of(identity.Next()), await NewToken(service), Token)));
        return identity;
    }

    /// <summary>A further one, or the code of the refusal.</summary>
    public async Task<string?> Renew(TestIdentity identity)
    {
        var csr = TestCsr.Of(identity.Next());
        var (issued, refusal) = await Issuer.RenewAsync(csr, identity.Chain[0], identity.Sign(csr), Token);
        if (issued is not null) identity.Take(issued);
        return refusal?.Problems.Single().Code;
    }

    public static IssuedCertificate Accepted((IssuedCertificate? Certificate, Refusal? Refusal) answer) => answer.Certificate
        ?? throw new InvalidOperationException(string.Join("; ", answer.Refusal!.Problems.Select(problem => problem.Message)));

    public async ValueTask DisposeAsync()
    {
        Upkeep.Dispose();
        Authority.Dispose();
        _meters.Dispose();
        await _log.DisposeAsync();
    }
}
