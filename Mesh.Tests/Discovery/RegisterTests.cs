using Mesh.Contracts.Discovery;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class RegisterTests
{
    private static readonly ServiceKey Echo = new("default", "echo");
    private readonly DiscoveryLog _log = new();

    private static DiscoveryAnswer AnswerOf(Decision decision) => Assert.IsType<DiscoveryAnswer>(decision.Answer);

    [Fact]
    public void Registering_what_is_already_so_appends_nothing()
    {
        _log.Register("a", 1);
        var again = _log.Register("a", 1);
        Assert.Empty(again.Events);
        Assert.Null(again.Refusal);
        Assert.Equal((1, "a", 1L), (AnswerOf(again).Instances, AnswerOf(again).InstanceId, AnswerOf(again).Incarnation));
    }

    [Fact]
    public void The_same_instance_id_again_is_an_update()
    {
        _log.Register("a", 1);
        var update = _log.Register("a", 2);
        Assert.Equal(ServiceUpdated.EventType, Assert.Single(update.Events).Type);
        Assert.Equal("10.0.0.2", Assert.Single(_log.Service().Instances).Spec.Address);
    }

    [Fact]
    public void The_same_address_without_an_id_is_an_update_of_the_instance_there()
    {
        _log.Register("a", 1);
        var update = _log.Send(DiscoveryLog.Command(new RegisterInput { Name = "echo", Url = "http://10.0.0.1", Weight = 7 }));
        Assert.Equal((1, "a"), (AnswerOf(update).Instances, AnswerOf(update).InstanceId));
        Assert.Equal(7, _log.Instance("a").Spec.Weight);
    }

    [Fact]
    public void An_id_that_takes_over_an_address_takes_the_place_of_its_holder()
    {
        _log.Register("a", 1);
        var taken = _log.Register("b", 1);
        Assert.Equal([ServiceDeregistered.EventType, ServiceRegistered.EventType], taken.Events.Select(e => e.Type));
        Assert.Equal((1, "b"), (AnswerOf(taken).Instances, AnswerOf(taken).InstanceId));
        Assert.Equal("b", Assert.Single(_log.Service().Instances).Id);
    }

    [Fact]
    public void Another_address_is_a_further_instance_and_the_answer_says_so()
    {
        _log.Register("a", 1);
        Assert.Equal(2, AnswerOf(_log.Register("b", 2)).Instances);
    }

    [Fact]
    public void The_id_is_made_from_name_and_address_if_unset()
    {
        var answer = AnswerOf(_log.Send(DiscoveryLog.Command(new RegisterInput { Name = "echo", Url = "http://my-service.local" })));
        Assert.Equal("echo-my-service.local-80", answer.InstanceId);
    }

    [Fact]
    public void Replace_makes_it_the_only_instance_in_one_command()
    {
        _log.Register("a", 1);
        _log.Register("b", 2);
        var replaced = _log.Register("c", 3, input => input with { Replace = true });
        Assert.Equal(3, replaced.Events.Count);
        Assert.Equal((1, 2), (AnswerOf(replaced).Instances, AnswerOf(replaced).Affected));
        Assert.Equal("c", Assert.Single(_log.Service().Instances).Id);
        Assert.Empty(_log.Register("c", 3, input => input with { Replace = true }).Events);
    }

    [Fact]
    public void A_changed_registration_is_a_new_incarnation_and_a_drain_is_not()
    {
        var first = AnswerOf(_log.Register("a", 1)).Incarnation;
        _log.Send(new SetMode(Echo, "a", InstanceMode.Draining));
        Assert.Equal(first, _log.Instance("a").Incarnation);
        var second = AnswerOf(_log.Register("a", 1, input => input with { Version = "v2" })).Incarnation;
        Assert.True(second > first);
        Assert.Equal(InstanceMode.Draining, _log.Instance("a").Spec.Mode);
    }

    [Fact]
    public void Incarnations_go_on_after_a_deregistration()
    {
        var first = AnswerOf(_log.Register("a", 1)).Incarnation;
        _log.Send(new DeregisterInstances(Echo, "a"));
        Assert.True(AnswerOf(_log.Register("a", 1)).Incarnation > first);
    }

    [Fact]
    public void Deregistering_an_older_incarnation_is_a_conflict()
    {
        var old = AnswerOf(_log.Register("a", 1)).Incarnation;
        _log.Register("a", 2);
        var refused = _log.Send(new DeregisterInstances(Echo, "a") { Incarnation = old });
        Assert.Equal(RefusalKind.Conflict, refused.Refusal!.Kind);
        Assert.NotNull(_log.Instance("a"));
    }

    [Fact]
    public void Deregistering_by_name_takes_all_instances_and_says_how_many()
    {
        _log.Register("a", 1);
        _log.Register("b", 2);
        var gone = _log.Send(new DeregisterInstances(Echo, null));
        Assert.Equal((0, 2), (AnswerOf(gone).Instances, AnswerOf(gone).Affected));
        Assert.Empty(_log.Discovery.Services);
        Assert.Empty(_log.Service().Instances);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a")]
    public void Deregistering_what_is_not_there_appends_nothing(string? id)
    {
        var decision = _log.Send(new DeregisterInstances(Echo, id));
        Assert.Null(decision.Refusal);
        Assert.Empty(decision.Events);
    }

    [Fact]
    public void If_Match_with_another_version_is_refused()
    {
        _log.Register("a", 1);
        var stale = _log.Send(DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "a", Url = "http://10.0.0.9" }) with
        {
            Precondition = new Precondition([7]),
        });
        Assert.Equal(RefusalKind.PreconditionFailed, stale.Refusal!.Kind);
        var fresh = _log.Send(DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "a", Url = "http://10.0.0.9" }) with
        {
            Precondition = new Precondition([1]),
        });
        Assert.Null(fresh.Refusal);
    }

    [Fact]
    public void If_None_Match_refuses_an_instance_that_exists()
    {
        var command = DiscoveryLog.Command(new RegisterInput { Name = "echo", InstanceId = "a", Url = "http://10.0.0.9" }) with
        {
            Precondition = new Precondition([], MustBeAbsent: true),
        };
        Assert.Null(_log.Send(command).Refusal);
        Assert.Equal(RefusalKind.PreconditionFailed, _log.Send(command).Refusal!.Kind);
    }

    [Fact]
    public void Health_never_changes_a_version()
    {
        _log.Register("a", 1, input => input with { HealthCheck = new HealthCheckInput() });
        var (service, instance) = (_log.Service().Version, _log.Instance("a").Version);
        _log.Report(HealthState.Passing, "a");
        Assert.Equal((service, instance), (_log.Service().Version, _log.Instance("a").Version));
    }

    [Fact]
    public void A_mode_is_set_for_one_instance_or_for_all()
    {
        _log.Register("a", 1);
        _log.Register("b", 2);
        Assert.Equal(1, AnswerOf(_log.Send(new SetMode(Echo, "a", InstanceMode.Maintenance))).Affected);
        Assert.Equal(2, AnswerOf(_log.Send(new SetMode(Echo, null, InstanceMode.Draining))).Affected);
        Assert.Empty(_log.Send(new SetMode(Echo, null, InstanceMode.Draining)).Events);
        Assert.All(_log.Service().Instances, instance => Assert.False(instance.Routable));
    }

    [Fact]
    public void A_mode_of_an_unknown_service_or_instance_is_not_found()
    {
        Assert.Equal(RefusalKind.NotFound, _log.Send(new SetMode(Echo, null, InstanceMode.Draining)).Refusal!.Kind);
        _log.Register("a", 1);
        Assert.Equal(RefusalKind.NotFound, _log.Send(new SetMode(Echo, "b", InstanceMode.Draining)).Refusal!.Kind);
    }

    [Fact]
    public void A_service_with_settings_is_listed_without_instances()
    {
        _log.Send(new ChangeSettings(Echo, new ServiceSettings { EmptyPushProtection = false }));
        Assert.Single(_log.Discovery.Services);
        _log.Send(new ChangeSettings(Echo, null));
        Assert.Empty(_log.Discovery.Services);
    }

    [Fact]
    public void Defaults_are_given_once_even_if_the_service_goes_and_comes_again()
    {
        _log.Register("a", 1);
        Assert.Empty(_log.Send(new ApplyDefaults(Echo, "discovery")).Events);
        Assert.Single(_log.Send(new ApplyDefaults(Echo, "another")).Events);
        Assert.Empty(_log.Send(new ApplyDefaults(Echo, "another")).Events);
        _log.Send(new DeregisterInstances(Echo, null));
        Assert.Empty(_log.Discovery.Services);
        _log.Register("a", 1);
        Assert.Empty(_log.Send(new ApplyDefaults(Echo, "discovery")).Events);
        Assert.Empty(_log.Send(new ApplyDefaults(Echo, "another")).Events);
    }

    [Fact]
    public void A_services_first_registration_gives_it_its_defaults_in_the_same_command()
    {
        Assert.Equal([ServiceRegistered.EventType, DefaultsApplied.EventType], _log.Register("a", 1).Events.Select(e => e.Type));
        Assert.Equal([ServiceRegistered.EventType], _log.Register("b", 2).Events.Select(e => e.Type));
        _log.Send(new DeregisterInstances(Echo, null));
        Assert.Equal([ServiceRegistered.EventType], _log.Register("a", 1).Events.Select(e => e.Type));
    }

    [Fact]
    public void A_service_that_settings_made_gets_its_defaults_once_from_whoever_comes_first()
    {
        var (byRegistration, byReconciler) = (new ServiceKey("default", "echo"), new ServiceKey("default", "other"));
        _log.Send(new ChangeSettings(byRegistration, new ServiceSettings { EmptyPushProtection = false }));
        _log.Send(new ChangeSettings(byReconciler, new ServiceSettings { EmptyPushProtection = false }));
        Assert.Single(_log.Register("a", 1).Events, e => e.Type == DefaultsApplied.EventType);
        Assert.Empty(_log.Send(new ApplyDefaults(byRegistration, "discovery")).Events);
        Assert.Single(_log.Send(new ApplyDefaults(byReconciler, "discovery")).Events);
        Assert.DoesNotContain(_log.Register("a", 2, input => input with { Name = "other" }).Events,
            e => e.Type == DefaultsApplied.EventType);
    }

    [Fact]
    public void The_protocol_of_a_service_is_that_of_its_first_instance_still_there()
    {
        _log.Register("z", 1, input => input with { Protocol = "grpc" });
        _log.Register("a", 2);
        Assert.Equal(MeshProtocol.Grpc, _log.Service().View.Protocol);
        _log.Send(new DeregisterInstances(Echo, "z"));
        Assert.Equal(MeshProtocol.Http, _log.Service().View.Protocol);
    }
}
