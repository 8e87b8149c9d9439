using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mesh.Contracts.Events;
using Mesh.Contracts.Security;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Security;
using Mesh.Security.Mtls;
using Mesh.Security.State;
using Mesh.Tests.Security.Support;

namespace Mesh.Tests.Security.Mtls;

public class MtlsDecideTests
{
    private static readonly ServiceKey Shop = new("default", "shop");
    private readonly MtlsLog _log = new();

    private static long VersionIn(Decision decision) => ((MtlsOutcome)decision.Answer!).Version;

    [Fact]
    public void A_service_has_its_own_mode_or_the_default_of_its_namespace_or_none()
    {
        Assert.Equal(MtlsMode.Disable, _log.Security.EffectiveOf(Shop).Mode);
        _log.Set(null, MtlsMode.Strict);
        Assert.Equal(MtlsMode.Strict, _log.Security.EffectiveOf(Shop).Mode);
        Assert.Equal(MtlsMode.Disable, _log.Security.EffectiveOf(new("prod", "shop")).Mode);
        _log.Set("shop", MtlsMode.Disable);
        Assert.Equal(MtlsMode.Disable, _log.Security.EffectiveOf(Shop).Mode);
        Assert.Equal(MtlsMode.Strict, _log.Security.EffectiveOf(new("default", "cart")).Mode);
        _log.Remove("shop");
        Assert.Equal(MtlsMode.Strict, _log.Security.EffectiveOf(Shop).Mode);
        _log.Remove(null);
        Assert.Equal(MtlsSetting.Disabled, _log.Security.EffectiveOf(Shop));
    }

    [Fact]
    public void Setting_what_is_already_so_appends_nothing_and_another_trust_domain_is_something_else()
    {
        Assert.Single(_log.Set("shop", MtlsMode.Strict).Events);
        Assert.Empty(_log.Set("shop", MtlsMode.Strict).Events);
        Assert.Single(_log.Set("shop", MtlsMode.Permissive).Events);
        Assert.Single(_log.Decide(MtlsLog.Command("shop", MtlsMode.Permissive, trustDomain: "other.mesh")).Events);
        Assert.Single(_log.Set("shop", MtlsMode.Disable).Events);
        Assert.Empty(_log.Send(MtlsLog.Command("shop", MtlsMode.Disable, trustDomain: "other.mesh")).Events);
    }

    [Fact]
    public void Each_scope_has_a_version_of_its_own_that_goes_on_when_it_comes_again()
    {
        Assert.Equal(1, VersionIn(_log.Set("shop", MtlsMode.Strict)));
        Assert.Equal(2, VersionIn(_log.Set("shop", MtlsMode.Permissive)));
        Assert.Equal(1, VersionIn(_log.Set(null, MtlsMode.Strict)));
        Assert.Equal(0, VersionIn(_log.Remove("shop")));
        Assert.Empty(_log.Remove("shop").Events);
        Assert.Equal(4, VersionIn(_log.Set("shop", MtlsMode.Strict)));
        Assert.Equal(4, _log.Security.Find(MtlsScope.Of(Shop))!.Version);
    }

    [Fact]
    public void A_condition_speaks_of_one_scope()
    {
        _log.Set("shop", MtlsMode.Strict);
        var change = MtlsLog.Command("shop", MtlsMode.Permissive);
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Decide(change with { Precondition = new([2]) }).Refusal!.Kind);
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Decide(change with { Precondition = new([], MustBeAbsent: true) }).Refusal!.Kind);
        Assert.Null(_log.Decide(change with { Precondition = new([1]) }).Refusal);
        Assert.Null(_log.Decide(MtlsLog.Command(null, MtlsMode.Strict) with { Precondition = new([], MustBeAbsent: true) }).Refusal);
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(new RemoveMtlsMode(MtlsScope.Of(Shop)) { Precondition = new([7]) }).Refusal!.Kind);
        Assert.Equal(RefusalKind.PreconditionFailed,
            _log.Decide(new RemoveMtlsMode(new("default", null)) { Precondition = new([1]) }).Refusal!.Kind);
    }

    [Fact]
    public void A_namespace_at_its_limit_takes_no_further_service_but_changes_removals_and_a_default()
    {
        var entry = new MtlsEntry(MtlsSetting.Of(MtlsMode.Strict, MtlsLog.TrustDomain), 1);
        var full = SecurityState.Empty;
        for (var i = 0; i < SecurityLimits.ModesPerNamespace; i++) full = full.With(new("default", $"s{i}"), entry);
        var state = new MeshState(_log.State.Position, ImmutableDictionary<string, StreamState>.Empty, ["security"], [full], 0);
        Decision Decide(ICommand command) => command.Decide(state, new DecisionContext(DateTimeOffset.UnixEpoch, "test", 1));

        Assert.Equal(RefusalKind.LimitReached, Decide(MtlsLog.Command("shop", MtlsMode.Strict)).Refusal!.Kind);
        Assert.Single(Decide(MtlsLog.Command("shop", MtlsMode.Strict, "prod")).Events);
        Assert.Single(Decide(MtlsLog.Command("s0", MtlsMode.Permissive)).Events);
        Assert.Single(Decide(MtlsLog.Command(null, MtlsMode.Strict)).Events);
        Assert.Single(Decide(new RemoveMtlsMode(new("default", "s0"))).Events);
    }

    [Fact]
    public void A_state_that_was_saved_and_loaded_is_the_same()
    {
        _log.Set("shop", MtlsMode.Strict);
        _log.Set("shop", MtlsMode.Permissive);
        _log.Set("cart", MtlsMode.Disable, "prod");
        _log.Set(null, MtlsMode.Strict, "prod");
        var loaded = StateSnapshot.Load(_log.Folder, StateSnapshot.Save(_log.Folder, _log.State).Data);
        Assert.Equal(_log.Bytes(_log.State), _log.Bytes(loaded));
        var state = loaded.Facts<SecurityState>();
        Assert.Equal(new MtlsEntry(MtlsSetting.Of(MtlsMode.Permissive, MtlsLog.TrustDomain), 2), state.Find(MtlsScope.Of(Shop)));
        Assert.Equal(_log.Security.In("prod").Default, state.In("prod").Default);
        Assert.Equal(MtlsSetting.Disabled, state.EffectiveOf(new("prod", "cart")));
    }

    [Theory]
    [InlineData("security/ns/shop/mtls", "ns", "shop")]
    [InlineData("security/ns/mtls", "ns", null)]
    [InlineData("security/mtls/mtls/mtls", "mtls", "mtls")]
    public void Streams_say_whose_mode_they_hold(string stream, string ns, string? service)
    {
        Assert.Equal(new MtlsScope(ns, service), SecurityStreams.ScopeOf(stream));
        Assert.Equal(stream, SecurityStreams.Mtls(new(ns, service)));
    }

    [Theory]
    [InlineData("security/mtls")]
    [InlineData("security//mtls")]
    [InlineData("security/ns//mtls")]
    [InlineData("security/ns/shop/more/mtls")]
    [InlineData("security/ns/shop/status")]
    [InlineData("traffic/ns/shop/mtls")]
    public void Other_streams_hold_none(string stream) => Assert.Null(SecurityStreams.ScopeOf(stream));

    [Fact]
    public void Events_are_written_as_they_always_were()
    {
        Check(new MtlsModeSet("ns", "s", MtlsMode.Strict, "cdaprod.mesh"),
            """{"namespace":"ns","service":"s","mode":"strict","trustDomain":"cdaprod.mesh"}""");
        Check(new MtlsModeSet("ns", null, MtlsMode.Permissive, "cdaprod.mesh"),
            """{"namespace":"ns","mode":"permissive","trustDomain":"cdaprod.mesh"}""");
        Check(new MtlsModeSet("ns", "s", MtlsMode.Disable, null), """{"namespace":"ns","service":"s","mode":"disable"}""");
        Check(new MtlsModeRemoved("ns", "s"), """{"namespace":"ns","service":"s"}""");
        Check(new MtlsModeRemoved("ns", null), """{"namespace":"ns"}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Not_a_domain")]
    public void A_mode_that_names_peers_needs_a_trust_domain(string? trustDomain) =>
        Assert.Throws<InvalidDataException>(() => MtlsSetting.Of(MtlsMode.Strict, trustDomain));

    [Fact]
    public void Every_mode_has_a_name_that_reads_back() =>
        Assert.All(MtlsModes.All, mode => Assert.Equal(mode, MtlsModes.Parse(MtlsModes.NameOf(mode))));

    private static void Check<TEvent>(TEvent written, string json) where TEvent : IMeshEvent<TEvent>
    {
        JsonTypeInfo<TEvent> type = TEvent.JsonType;
        Assert.Equal(json, JsonSerializer.Serialize(written, type));
        Assert.Equal(written, JsonSerializer.Deserialize(json, type));
    }
}
