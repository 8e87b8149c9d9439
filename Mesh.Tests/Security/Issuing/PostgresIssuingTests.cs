using System.Text;
using Mesh.Security;
using Mesh.Security.Issuing;
using Mesh.Tests.Security.Support;
using Mesh.Tests.Support;

namespace Mesh.Tests.Security.Issuing;

public sealed class PostgresIssuingTests(PostgresServer server) : IssuingContract(server)
{
    [Fact]
    public async Task Registries_that_start_together_make_one_authority_and_can_all_use_its_keys()
    {
        var registries = new List<TestMesh>();
        try
        {
            for (var i = 0; i < 8; i++) registries.Add(await Open());
            var loaded = await Task.WhenAll(
                registries.Select(one => Task.Run(async () => await one.Authority.GetAsync(Token), Token)));
            Assert.Single(loaded.Select(one => one.State.Roots.Single().Id).Distinct());
            Assert.All(loaded, one => Assert.Equal(1, one.Version));
            foreach (var registry in registries)
            {
                var shop = await registry.Join();
                Assert.Equal("OK", await OpenSsl.Verify(shop.Chain, shop.Bundle, Time.GetUtcNow()));
            }
        }
        finally
        {
            foreach (var registry in registries) await registry.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_hundred_parallel_uses_of_one_token_at_two_Registries_have_exactly_one_success()
    {
        await using var other = await Open();
        var token = await Mesh.NewToken();
        var requests = Enumerable.Range(0, 100).Select(_ => TestCsr.Of(TestCsr.Key())).ToList();
        var answers = await Task.WhenAll(requests.Select((csr, index) =>
            Task.Run(() => (index % 2 == 0 ? Mesh : other).Issuer.JoinAsync(csr, token, Token), Token)));
        Assert.Single(answers, answer => answer.Certificate is not null);
    }

    [Fact]
    public async Task Rotations_of_several_Registries_at_once_all_happen_one_after_another()
    {
        await using var other = await Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(index => Task.Run(
            () => (index % 2 == 0 ? Mesh : other).Authority.ChangeAsync((state, rotation) => rotation.NewIntermediate(state), Token),
            Token)));
        Assert.Equal(9, (await Mesh.Authority.RefreshAsync(Token)).State.Intermediates.Count);
    }

    [Fact]
    public async Task The_shared_key_ring_is_of_no_use_without_its_passphrase()
    {
        var (right, wrong) = (Path.Combine(Folder, "right"), Path.Combine(Folder, "wrong"));
        await File.WriteAllTextAsync(right, "correct horse battery staple\n", Token);
        await File.WriteAllTextAsync(wrong, "another\n", Token);
        await using (var made = await Open(new SecurityOptions { PassphraseFile = right })) await made.Join();
        var stored = Encoding.UTF8.GetString((await Mesh.Store.ReadAuthorityAsync(Token))!.Data.Span);
        Assert.DoesNotContain("masterKey", stored, StringComparison.Ordinal);
        await using (var again = await Open(new SecurityOptions { PassphraseFile = right })) await again.Join();
        foreach (var options in new[] { new SecurityOptions(), new SecurityOptions { PassphraseFile = wrong } })
        {
            await using var blind = await Open(options);
            Assert.Equal("keys-unreadable", (await Assert.ThrowsAsync<AuthorityUnusableException>(() => blind.Join())).Code);
        }
    }
}
