using System.Text.Json;
using Mesh.Contracts.Discovery;
using Mesh.Discovery.Health;
using Mesh.Discovery.Register;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Values;
using Mesh.Tests.Support;

namespace Mesh.Tests.Discovery.Support;

/// <summary>A log of services without a store.</summary>
internal sealed class DiscoveryLog(LogIdentity? log = null) : CommandLog("discovery", log, new DiscoveryFold())
{
    /// <summary>Sequences of the status entries that restate a whole status.</summary>
    public IReadOnlyList<long> FullStatuses => [.. Entries.Where(e => e.Type == InstanceHealthChanged.EventType
        && JsonSerializer.Deserialize(e.Data.Span, InstanceHealthChanged.JsonType)!.Full).Select(e => e.Sequence)];

    public DiscoveryState Discovery => State.Facts<DiscoveryState>();

    public ServiceState Service(string name = "echo", string @namespace = "default") => Discovery.Find(new(@namespace, name))!;

    public InstanceState Instance(string id, string name = "echo") => Service(name).Find(id)!;

    /// <summary>Registers an instance of <c>default/echo</c> at <c>10.0.0.n:80</c>.</summary>
    public Decision Register(string id, int n, Func<RegisterInput, RegisterInput>? change = null)
    {
        var input = new RegisterInput { Name = "echo", InstanceId = id, Address = $"10.0.0.{n}", Port = 80 };
        return Send(Command(change?.Invoke(input) ?? input));
    }

    /// <summary>Registers instances of <c>default/echo</c> that are probed and pass.</summary>
    public void RegisterChecked(params string[] ids)
    {
        foreach (var (n, id) in ids.Index())
            Register(id, n + 1, input => input with { HealthCheck = new HealthCheckInput { DeregisterAfterCritical = "1m" } });
        Report(HealthState.Passing, ids);
    }

    /// <summary>Lets time pass.</summary>
    public void Wait(double seconds) => Now += TimeSpan.FromSeconds(seconds);

    /// <summary>What one source says about instances of <c>default/echo</c>.</summary>
    public Decision Report(HealthState health, params string[] ids) => Send(Verdicts(VerdictSource.Probe, health, ids));

    public static ReportHealth Verdicts(VerdictSource source, HealthState health, params string[] ids) =>
        new(new ServiceKey("default", "echo"), [.. ids.Select(id => new HealthVerdict(id, 0, source, health, health.ToString()))]);

    /// <summary>The command of a registration that must be valid.</summary>
    public static RegisterInstance Command(RegisterInput input)
    {
        var faults = new Faults();
        return RegisterRules.Read(input, faults) ?? throw new InvalidOperationException(string.Join("; ", faults.ToRefusal()!.Problems));
    }

    /// <summary>The faults of a registration body.</summary>
    public static IReadOnlyList<Problem> FaultsOf(string json) =>
        Read(json, (fields, faults) => RegisterRules.Read(RegisterInput.Read(fields), faults)).Faults;
}
