using System.Security.Cryptography.X509Certificates;
using Mesh.Security.Authority;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Authority;

/// <summary>Whoever rotates, every leaf is accepted by every peer whose bundle is not older than its own leaf.</summary>
public sealed class RotationTests
{
    private static readonly DateTimeOffset Start = TestAuthority.Start;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1), Second = TimeSpan.FromSeconds(1);

    private readonly TestAuthority _authority = new();

    [Fact]
    public void A_new_intermediate_signs_at_once_and_the_bundle_stays()
    {
        using var before = _authority.Issue(_authority.Id("shop"), Start);
        var bundle = _authority.Bundle(Start);
        var first = _authority.State.Signer(Start);
        _authority.State = TestAuthority.At(Start + Day).NewIntermediate(_authority.State);
        var second = _authority.State.Signer(Start + Day);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(bundle, _authority.Bundle(Start + Day));
        Assert.Equal((CaPhase.Retiring, CaPhase.Active),
            (_authority.State.PhaseOf(first, Start + Day), _authority.State.PhaseOf(second, Start + Day)));
        using var after = _authority.Issue(_authority.Id("shop"), Start + Day);
        AssertAccepted(after, Start + Day);
    }

    [Fact]
    public async Task A_new_root_is_trusted_at_once_used_when_every_leaf_has_been_renewed_and_the_former_one_stays_until_its_leaves_end()
    {
        var rotated = Start + Day;
        var used = rotated + Day;
        var former = _authority.State.Root(Start);
        _authority.State = TestAuthority.At(rotated).NewRoot(_authority.State, atOnce: false);
        var next = _authority.State.PreparedRoot(rotated)!;

        Assert.Equal(CaPhase.Prepared, _authority.State.PhaseOf(next, rotated));
        Assert.Equal(2, _authority.Bundle(rotated).Count);
        using var last = _authority.Issue(_authority.Id("shop"), used - Second);
        using var first = _authority.Issue(_authority.Id("shop"), used + Second);

        // Peers that have the bundle from before the new root was used, but not from before it was made.
        var known = _authority.Bundle(rotated);
        Assert.Equal("OK", await OpenSsl.Verify(_authority.Chain(last, used - Second), known, used));
        Assert.Equal("OK", await OpenSsl.Verify(_authority.Chain(first, used + Second), known, used + Second));
        // And peers that come new, while leaves of the former root are about.
        Assert.Equal("OK", await OpenSsl.Verify(_authority.Chain(last, used - Second), _authority.Bundle(used + Second),
            used + Day - (2 * Second)));

        Assert.Equal(CaPhase.Retiring, _authority.State.PhaseOf(former, used + Day - Second));
        Assert.Equal(CaPhase.Expired, _authority.State.PhaseOf(former, used + Day + Second));
        Assert.True(Validity.Of(last).NotAfter <= used + Day);
        Assert.Single(_authority.Bundle(used + Day + Second));
    }

    [Fact]
    public void A_root_can_be_used_at_once_also_one_that_is_prepared()
    {
        var now = Start + Day;
        var prepared = TestAuthority.At(now).NewRoot(_authority.State, atOnce: false);
        Assert.NotNull(prepared.PreparedRoot(now));
        foreach (var state in new[]
        {
            TestAuthority.At(now).NewRoot(_authority.State, atOnce: true), TestAuthority.At(now).ActivatePrepared(prepared),
        })
        {
            Assert.Null(state.PreparedRoot(now));
            Assert.Equal(state.Root(now).Id, state.Signer(now).RootId);
            Assert.NotEqual(_authority.State.Root(now).Id, state.Root(now).Id);
            Assert.Equal(2, state.Bundle(now).Count);
        }
    }

    [Fact]
    public void An_intermediate_rotated_while_a_root_is_prepared_signs_until_that_is_used()
    {
        var now = Start + Day;
        _authority.State = TestAuthority.At(now).NewRoot(_authority.State, atOnce: false);
        _authority.State = TestAuthority.At(now + (2 * Second)).NewIntermediate(_authority.State);
        var (during, after) = (now + (3 * Second), now + Day + Second);
        foreach (var at in new[] { during, after })
        {
            Assert.Equal(_authority.State.Root(at).Id, _authority.State.Signer(at).RootId);
            using var leaf = _authority.Issue(_authority.Id("shop"), at);
            AssertAccepted(leaf, at);
        }

        Assert.NotEqual(_authority.State.Signer(during).Id, _authority.State.Signer(after).Id);
    }

    [Fact]
    public void Keys_of_what_is_no_longer_used_are_erased_and_entries_that_expired_long_ago_are_forgotten()
    {
        var now = Start + Day;
        var state = TestAuthority.At(now).NewRoot(_authority.State, atOnce: true);
        var young = TestAuthority.At(now + TestAuthority.Lifetimes.ClockSkew - Second).Prune(state);
        Assert.Equal([true, true], young.Intermediates.Select(one => one.Key is not null));
        var pruned = TestAuthority.At(now + TestAuthority.Lifetimes.ClockSkew).Prune(state);
        Assert.Equal([false, true], pruned.Roots.Select(root => root.Key is not null));
        Assert.Equal([false, true], pruned.Intermediates.Select(one => one.Key is not null));
        var later = TestAuthority.At(now + TimeSpan.FromDays(32)).Prune(state);
        Assert.Equal(state.Roots[1].Id, Assert.Single(later.Roots).Id);
        Assert.Equal(state.Intermediates[1].Id, Assert.Single(later.Intermediates).Id);
    }

    [Fact]
    public void Renewal_is_due_long_before_the_end()
    {
        var state = _authority.State;
        Assert.False(TestAuthority.At(Start + TimeSpan.FromDays(59)).IsIntermediateDue(state));
        Assert.True(TestAuthority.At(Start + TimeSpan.FromDays(61)).IsIntermediateDue(state));
        Assert.False(TestAuthority.At(Start + TimeSpan.FromDays(2900)).IsRootDue(state));
        Assert.True(TestAuthority.At(Start + TimeSpan.FromDays(2930)).IsRootDue(state));
        Assert.False(TestAuthority.At(Start + TimeSpan.FromDays(2930)).IsRootOver(state));
        Assert.True(TestAuthority.At(Start + TimeSpan.FromDays(3649.5)).IsRootOver(state));
    }

    [Fact]
    public void A_state_survives_its_JSON()
    {
        var rotation = TestAuthority.At(Start + Day);
        var state = rotation.Remember(rotation.NewRoot(_authority.State, atOnce: false), "key", "request");
        var read = System.Text.Json.JsonSerializer.Deserialize(
            System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(state, AuthorityJson.Default.AuthorityState),
            AuthorityJson.Default.AuthorityState)!;
        Assert.Equal(state.Roots, read.Roots);
        Assert.Equal(state.Intermediates, read.Intermediates);
        Assert.Equal(state.Roots.Select(root => root.Certificate), read.Roots.Select(root => root.Certificate));
        Assert.Equal((state.TrustDomain, state.LongestLeaf), (read.TrustDomain, read.LongestLeaf));
        Assert.Equal(state.KeyedChanges, read.KeyedChanges);
    }

    [Fact]
    public void A_change_is_remembered_by_its_key_for_a_day()
    {
        var state = TestAuthority.At(Start).Remember(_authority.State, "one", "request");
        for (var i = 0; i < 100; i++) state = TestAuthority.At(Start + Second).Remember(state, $"key {i}", "other");
        Assert.Equal("request", TestAuthority.At(Start + Day - Second).RequestOf(state, "one"));
        Assert.Null(TestAuthority.At(Start + Day).RequestOf(state, "one"));
        Assert.Null(TestAuthority.At(Start).RequestOf(state, "another"));
        Assert.Equal(101, TestAuthority.At(Start + Day).Remember(state, "last", "request").KeyedChanges.Count);
    }

    private void AssertAccepted(X509Certificate2 leaf, DateTimeOffset at)
    {
        using var signer = _authority.State.Signer(at).Load();
        Assert.Null(ChainCheck.Fault(leaf, [signer], [], _authority.State.Bundle(at).Select(root => root.Load()), at));
    }
}
