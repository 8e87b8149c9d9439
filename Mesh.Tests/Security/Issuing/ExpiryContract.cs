using System.Security.Cryptography.X509Certificates;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Security.Issuing;

/// <summary>Authorities from outside, which end when somebody else wants it.</summary>
public abstract class ExpiryContract(PostgresServer? server) : StoreContract(server)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1), Hour = TimeSpan.FromHours(1);

    private DateTimeOffset Now => Time.GetUtcNow();

    [Fact]
    public async Task An_imported_root_that_is_nearly_over_and_over_ends_nothing_and_another_one_takes_its_place_at_once()
    {
        using var company = new TestCompany(Now - Hour, Now + (30 * Day));
        Assert.Null(Code(await Import(company.Root, atOnce: true)));
        var end = Now + (30 * Day);
        Time.Advance(29.5 * Day);
        await Mesh.Upkeep.RunOnceAsync(Token);
        Assert.Equal("root-ends", Code(await Rotate()));
        var shop = await Mesh.Join();
        Assert.Equal(end, shop.NotAfter);
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, end - TimeSpan.FromSeconds(1)));

        Time.Advance(Day);
        await Mesh.Upkeep.RunOnceAsync(Token);
        Assert.Equal("root-ends", Code(await Rotate()));
        var (_, refusal) = await Mesh.Issuer.JoinAsync(TestCsr.Of(TestCsr.Key()), await Mesh.NewToken(), Token);
        Assert.Equal((RefusalKind.Unavailable, "authority-expired"), (refusal!.Kind, refusal.Problems.Single().Code));
        Assert.Contains(await Warnings(), warning => warning.Contains("no certificate can be issued", StringComparison.Ordinal));

        using var next = new TestCompany(Now - Hour, Now + (300 * Day));
        Assert.Null(Code(await Import(next.Root)));
        await Mesh.Upkeep.RunOnceAsync(Token);
        shop = await Mesh.Join();
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, [next.Root.Certificates], Now));
        Assert.Null(Code(await Rotate()));
    }

    [Fact]
    public async Task An_imported_root_that_is_over_can_be_replaced_by_one_of_the_meshs_own()
    {
        using var company = new TestCompany(Now - Hour, Now + (30 * Day));
        await Import(company.Root, atOnce: true);
        Time.Advance(31 * Day);
        Assert.Null(Code(await Rotate(root: true)));
        var shop = await Mesh.Join();
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Now));
    }

    [Fact]
    public async Task What_nobody_expected_of_upkeep_is_logged_as_an_error_and_the_next_round_tries_again()
    {
        var logs = new SeenLogs();
        await using var registry = await Open(logs: logs);
        await registry.Join();
        var document = (await registry.Store.ReadAuthorityAsync(Token))!;
        Assert.True(await registry.Store.TryWriteAuthorityAsync(document.Version,
            """{"TrustDomain":"cdaprod.mesh","LongestLeaf":"1.00:00:00","Roots":[],"Intermediates":[]}"""u8.ToArray(), Token));
        await registry.Upkeep.TryRunOnceAsync(Token);
        Assert.Single(logs.Of(8008));
        Assert.True(await registry.Store.TryWriteAuthorityAsync(document.Version + 1, document.Data, Token));
        await registry.Upkeep.TryRunOnceAsync(Token);
        Assert.Single(logs.Of(8008));
        await registry.Join();
    }

    [Fact]
    public async Task What_would_end_before_leaves_below_it_is_not_imported_and_the_certificate_is_named()
    {
        using var day = new TestCompany(Now - Hour, Now + (20 * Hour));
        Assert.Equal("ends-too-soon", Code(await Import(day.Root, atOnce: true)));
        // Prepared for a day, and leaves for a day.
        using var days = new TestCompany(Now - Hour, Now + (36 * Hour));
        Assert.Equal("ends-too-soon", Code(await Import(days.Root)));
        var (_, refusal) = await Import(day.Intermediate(Now - Hour, Now + (90 * Day)), atOnce: true);
        Assert.Contains("CN=Example Root", refusal!.Problems.Single().Message, StringComparison.Ordinal);
        Assert.Equal("ends-too-soon", Code(await Import(days.Intermediate(Now - Hour, Now + (20 * Hour)), atOnce: true)));
        Assert.Single((await Mesh.Authority.RefreshAsync(Token)).State.Roots);
        Assert.Null(Code(await Import(days.Root, atOnce: true)));
    }

    [Fact]
    public async Task A_leaf_ends_with_the_first_certificate_above_it()
    {
        using var company = new TestCompany(Now - Hour, Now + (26 * Hour));
        var end = Now + (26 * Hour);
        Assert.Null(Code(await Import(company.Intermediate(Now - Hour, Now + (90 * Day)), atOnce: true)));
        Time.Advance(10 * Hour);
        Assert.Equal(end, (await Mesh.Join()).NotAfter);
    }

    [Fact]
    public async Task An_authority_that_is_prepared_is_warned_of_too()
    {
        using var company = new TestCompany(Now - (200 * Day), Now + (10 * Day));
        Assert.Null(Code(await Import(company.Intermediate(Now - (200 * Day), Now + (9 * Day)))));
        var warnings = await Warnings();
        Assert.Contains(warnings, warning => warning.StartsWith("The imported root", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.StartsWith("The imported intermediate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_root_that_was_renewed_for_the_same_key_is_told_from_the_one_before()
    {
        using var company = new TestCompany(Now - Hour, Now + (30 * Day));
        Assert.Null(Code(await Import(company.Root, atOnce: true)));
        company.Renew(Now - Hour, Now + (300 * Day));
        Assert.Null(Code(await Import(company.Root, atOnce: true)));
        var loaded = await Mesh.Authority.RefreshAsync(Token);
        Assert.Equal(loaded.State.Roots[1].Id, loaded.State.Roots[2].Id);
        foreach (var entry in loaded.State.Roots.Concat(loaded.State.Intermediates))
            Assert.Equal(entry.Certificate, loaded.CertificateOf(entry).RawData);
        Time.Advance(40 * Day);
        var shop = await Mesh.Join();
        Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, [company.Root.Certificates], Now));
        Assert.Equal(Now + Day, shop.NotAfter);
    }

    [Fact]
    public async Task A_Registry_whose_clock_is_behind_signs_on_after_a_rotation()
    {
        await using var behind = await Open(time: new FakeTimeProvider(Now - TimeSpan.FromSeconds(1)));
        await Mesh.Join();
        var before = (await behind.Authority.GetAsync(Token)).State.Signer(Now).Id;
        foreach (var root in new[] { false, true })
        {
            Assert.Null(Code(await Rotate(root, atOnce: root)));
            await Mesh.Upkeep.RunOnceAsync(Token);
            var shop = await behind.Join();
            using var leaf = X509Certificate2.CreateFromPem(shop.Chain[1]);
            Assert.Equal(before, CaCertificates.IdOf(leaf));
            Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Now));
            Assert.Null(await Mesh.Renew(shop));
        }

        Time.Advance(new SecurityOptions().ClockSkew);
        await Mesh.Upkeep.RunOnceAsync(Token);
        Assert.Single((await Mesh.Authority.RefreshAsync(Token)).State.Intermediates, one => one.Key is not null);
    }

    private async Task<IReadOnlyList<string>> Warnings() =>
        (await Mesh.Changes.StatusAsync(new Faults(), Token)).Value!.Warnings ?? [];
}

public sealed class SqliteExpiryTests() : ExpiryContract(null);

public sealed class PostgresExpiryTests(PostgresServer server) : ExpiryContract(server);
