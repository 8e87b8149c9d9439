using System.Text.Json;
using Mesh.Api.Rest;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Security;

/// <summary>What a Registry says of who has done what: names, and nothing that opens anything.</summary>
public sealed class SecurityLogTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly SeenLogs _logs = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
    private TestMesh _mesh = null!;

    private static CommandCaller Ann { get; } = new() { Actor = "ann" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _mesh = await TestMesh.Open(new SqliteLogStore(_folder.File("mesh.db")), new SecurityOptions(), _time, _logs);

    public async ValueTask DisposeAsync()
    {
        await _mesh.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Changes_of_the_authority_name_who_made_them_and_repeated_or_refused_ones_are_none()
    {
        using var company = new TestCompany(_time.GetUtcNow().AddHours(-1), _time.GetUtcNow().AddDays(300));
        var keyed = Ann with { IdempotencyKey = "one", RequestHash = new byte[] { 1 } };
        foreach (var caller in new[] { keyed, keyed, keyed with { RequestHash = new byte[] { 2 } } })
            await With("{}", (fields, faults) => _mesh.Changes.RotateAsync(fields, caller, faults, Token));
        await With(JsonSerializer.Serialize(new { certificates = company.Root.Certificates, key = company.Root.Key }),
            (fields, faults) => _mesh.Changes.ImportAsync(fields, Ann, faults, Token));
        Assert.Equal(2, _logs.Of(8010).Count);
        const string Changed = "ann has changed the certificate authority: ";
        Assert.StartsWith(Changed + "rotated, a new intermediate", _logs.Of(8010)[0], StringComparison.Ordinal);
        Assert.StartsWith(Changed + "imported ", _logs.Of(8010)[1], StringComparison.Ordinal);
        Assert.Contains("CN=Example Root", _logs.Of(8010)[1], StringComparison.Ordinal);
        Assert.DoesNotContain(_logs.All, one => one.Text.Contains(company.Root.Key.Split('\n')[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tokens_and_denials_name_who_made_and_ended_them()
    {
        await _mesh.Join();
        await With("""{"service":"bank"}""", (fields, faults) => _mesh.Credentials.CreateTokenAsync(fields, "ann", faults, Token));
        var id = (await _mesh.Store.ListJoinTokensAsync(10, Token)).Single(one => one.Service == "bank").Id;
        for (var i = 0; i < 2; i++)
        {
            await _mesh.Credentials.RevokeTokenAsync(id, "bob", new Faults(), Token);
            await With("""{"service":"shop"}""", (fields, faults) => _mesh.Credentials.AddRevocationAsync(fields, "ann", faults, Token));
        }

        for (var i = 0; i < 2; i++) await _mesh.Credentials.RemoveRevocationAsync(null, "shop", null, "bob", new Faults(), Token);
        foreach (var (number, text) in new[]
        {
            (8011, $"ann has made join token {id} of default/bank"), (8012, $"bob has revoked join token {id}"),
            (8013, "ann has put spiffe://cdaprod.mesh/ns/default/sa/shop on"),
            (8014, "bob has taken spiffe://cdaprod.mesh/ns/default/sa/shop off"),
        }) Assert.Contains(text, Assert.Single(_logs.Of(number)), StringComparison.Ordinal);
        Assert.All(_logs.All.Where(one => one.Id is >= 8010 and <= 8014), one => Assert.Equal(LogLevel.Information, one.Level));
    }

    [Fact]
    public async Task A_refused_certificate_is_logged_by_the_reasons_code_and_no_token_is()
    {
        var token = await _mesh.NewToken();
        using var key = TestCsr.Key();
        Assert.NotNull((await _mesh.Certificates.SignAsync(TestCsr.Of(key), token, Token)).Value);
        await _mesh.Certificates.SignAsync(TestCsr.Of(key), token, Token);
        await _mesh.Certificates.SignAsync("hello", token, Token);
        await With($$"""{"joinToken":"{{token}}"}""", (fields, faults) => _mesh.Certificates.SignAsync(fields, faults, Token));
        await _mesh.Certificates.RenewAsync(TestCsr.Of(key), "hello", new byte[70], Token);
        Assert.Equal(["by join-token: join-token-refused", "by join-token: not-a-csr", "by join-token: missing",
            "by certificate: not-a-certificate"],
            _logs.Of(8015).Select(text => text[text.IndexOf("by ", StringComparison.Ordinal)..].Trim()));
        Assert.DoesNotContain(_logs.All, one => one.Text.Contains(token.Split('.')[2], StringComparison.Ordinal));
    }

    private static async Task With<T>(string json, Func<JsonFields, Faults, Task<T>> does)
    {
        var faults = new Faults();
        await does(JsonFields.Of(JsonElement.Parse(json), "", faults)!, faults);
    }
}
