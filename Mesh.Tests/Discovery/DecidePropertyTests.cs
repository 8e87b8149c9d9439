using System.Collections.Immutable;
using CsCheck;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Addresses;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Health;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.State;
using Mesh.Tests.Discovery.Support;

namespace Mesh.Tests.Discovery;

public class DecidePropertyTests
{
    private static readonly Gen<ServiceKey> Keys = Gen.Select(Gen.OneOf("default", "prod"), Gen.OneOf("echo", "shop"),
        (ns, name) => new ServiceKey(ns, name));
    private static readonly Gen<string> Ids = Gen.OneOf("a", "b", "c", "d", "e");
    private static readonly Gen<string> IdsOrNone = Gen.OneOf("a", "b", "c", "d", "e", "");

    private static readonly Gen<ICommand> Registrations =
        Gen.Select(Keys, IdsOrNone, Gen.Int[1, 5], Gen.Int[1, 3], Gen.Bool, Gen.Int[0, 9])
            .Select(ICommand (key, id, host, weight, check, replace) =>
            DiscoveryLog.Command(new RegisterInput
            {
                Name = key.Name, Namespace = key.Namespace, InstanceId = id, Address = host == 5 ? "host.local" : $"10.0.0.{host}",
                Port = 80, Weight = weight,
                HealthCheck = check ? new HealthCheckInput { DeregisterAfterCritical = "1m" } : null, TtlSeconds = weight == 2 ? 30 : 0,
                Replace = replace == 0,
            }));

    private static readonly Gen<ICommand> Reports = Gen.Select(Keys, Gen.Enum<HealthState>(), Gen.Enum<VerdictSource>(), Ids.HashSet[1, 5])
        .Select(
            ICommand (key, health, source,
                ids) => new ReportHealth(key, [.. ids.Select(id => new HealthVerdict(id, 0, source, health, "why"))]));

    private static readonly Gen<ICommand> Others = Gen.OneOf<ICommand>(
        Gen.Select(Keys, IdsOrNone, ICommand (key, id) => new DeregisterInstances(key, id.Length == 0 ? null : id)),
        Gen.Select(Keys, IdsOrNone, Gen.Enum<InstanceMode>(),
            ICommand (key, id, mode) => new SetMode(key, id.Length == 0 ? null : id, mode)),
        Gen.Select(Keys, Gen.Bool,
            ICommand (key, on) => new ChangeSettings(key, on ? null : new ServiceSettings { EmptyPushProtection = false })),
        Keys.Select(ICommand (key) => new ApplyDefaults(key, "discovery")),
        Keys.Select(ICommand (key) => new ExpireCritical(key)),
        Gen.Select(Keys, Gen.Int[1, 3],
            ICommand (key,
                n) => new ReportAddresses(key,
                    ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("host.local", [$"10.1.1.{n}"]))));

    private static readonly Gen<(ICommand Command, int Seconds)[]> Histories =
        Gen.Select(Gen.Frequency<ICommand>((4, Registrations), (4, Reports), (2, Others)), Gen.OneOf(0, 1, 5, 31, 301)).Array[1, 60];

    [Fact]
    public void Deciding_the_same_command_again_is_unchanged() => Histories.Sample(history =>
    {
        var log = new DiscoveryLog();
        foreach (var (command, seconds) in history)
        {
            log.Now += TimeSpan.FromSeconds(seconds);
            var first = log.Send(command);
            var second = log.Decide(command);
            if (first.Refusal is null && (second.Refusal is not null || second.Events.Count > 0))
                throw new InvalidOperationException($"{Show(command)}: {first.Events.Count} then {second.Events.Count} {second.Refusal}");
            // What the answer says of the state does not depend on whether this call or an earlier one made it so.
            if (command is RegisterInstance && first.Answer is Mesh.Discovery.Answers.DiscoveryAnswer a
                && second.Answer is Mesh.Discovery.Answers.DiscoveryAnswer b
                && (a.Instances, a.InstanceId, a.Incarnation, a.Version) != (b.Instances, b.InstanceId, b.Incarnation, b.Version))
                    return false;
        }

        return true;
    }, iter: 1000, seed: "0000KOIPe036", print: Show);

    [Fact]
    public void A_fold_of_the_entries_is_the_state_that_was_decided_on() => Histories.Sample(history =>
    {
        var log = new DiscoveryLog();
        foreach (var (command, seconds) in history)
        {
            log.Now += TimeSpan.FromSeconds(seconds);
            log.Send(command);
        }

        var folded = log.Folder.Apply(log.Folder.Empty(new(Guid.Parse("0190d0c4-0b0f-7c3a-9d0a-5d5c5c5c5c5c"), 1)), log.Entries);
        var loaded = StateSnapshot.Load(log.Folder, StateSnapshot.Save(log.Folder, log.State).Data);
        var bytes = log.Bytes(log.State);
        return bytes.AsSpan().SequenceEqual(log.Bytes(folded)) && bytes.AsSpan().SequenceEqual(log.Bytes(loaded));
    }, iter: 200, seed: "0000KOIPe036", print: Show);

    [Fact]
    public void A_service_never_has_two_instances_at_one_address_and_counts_stay_true() => Histories.Sample(history =>
    {
        var log = new DiscoveryLog();
        foreach (var (command, seconds) in history)
        {
            log.Now += TimeSpan.FromSeconds(seconds);
            log.Send(command);
            foreach (var service in log.Discovery.All)
            {
                if (service.Instances.DistinctBy(i => (i.Spec.Address, i.Spec.Port)).Count() != service.Instances.Length) return false;
                if (!service.Instances.Select(i => i.Id).SequenceEqual(service.Instances.Select(i => i.Id).Order(StringComparer.Ordinal)))
                    return false;
            }
        }

        return log.Discovery.Services.GroupBy(service => service.Key.Namespace).All(ns =>
            log.Discovery.Use(ns.Key) == new Mesh.Discovery.State.NamespaceUse(ns.Count(), ns.Sum(service => service.Instances.Length)));
    }, iter: 200, seed: "0000KOIPe036", print: Show);

    private static string Show((ICommand Command, int Seconds)[] history) =>
        string.Join('\n', history.Select(step => $"+{step.Seconds} s {Show(step.Command)}"));

    private static string Show(ICommand command) => command switch
    {
        ReportHealth report => $"{report.Key} {string.Join(", ", report.Verdicts.Select(v => $"{v.InstanceId} {v.Source} {v.Health}"))}",
        RegisterInstance { Instance: var i } register =>
            $"register {i.Namespace}/{i.Service} {i.InstanceId}{(register.IdDerived ? " (derived)" : "")} {i.Address} weight {i.Weight} "
                + $"ttl {i.TtlSeconds} check {i.HealthCheck is not null}{(register.Replace ? " replace" : "")}",
        _ => command.ToString()!,
    };
}
