using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Contracts.Waiting;
using Mesh.Discovery.Probing.Scheduling;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Reconciling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Discovery.Probing.Addresses;

/// <summary>
/// Looks up the host names of the owned services' instances again and again (Flow step 8). A name that cannot be resolved keeps the
/// addresses last found. Names are looked up once each, however many instances have them.
/// </summary>
public sealed partial class HostResolver : BackgroundService
{
    private readonly HostTable _table;
    private readonly OwnedServices _services;
    private readonly IHostLookup _lookup;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly ILogger<HostResolver> _logger;
    private readonly ProbingOptions _options;
    private readonly PeriodicWork<string> _work;
    private readonly Lock _forgetting = new();
    private readonly Dictionary<ServiceKey, ImmutableHashSet<string>> _hostsOf = [];
    private readonly ConcurrentDictionary<string, ImmutableHashSet<ServiceKey>> _usersOf = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>Begins when the host starts.</summary>
    public HostResolver(
        HostTable table, OwnedServices services, IHostLookup lookup, IReconcileTrigger trigger, TimeProvider time,
        IOptions<ProbingOptions> options, ILogger<HostResolver> logger)
    {
        (_table, _services, _lookup, _trigger, _time, _options, _logger) = (table, services, lookup, trigger, time, options.Value, logger);
        _work = new(ResolveAsync, _options.ResolveConcurrency, time);
    }

    /// <summary>Host names looked up here.</summary>
    public int Count => _work.Count;

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        BackgroundTasks.RunAsync(stoppingToken, token => _services.FollowAsync(Sync, token), _work.RunAsync);

    // Called one at a time.
    private void Sync(ServiceKey key, ServiceState? service)
    {
        var before = _hostsOf.GetValueOrDefault(key, []);
        ImmutableHashSet<string> after =
            [.. service?.Instances.Select(instance => instance.Spec.Address).Where(address => !IPAddress.TryParse(address, out _)) ?? []];
        if (after.IsEmpty) _hostsOf.Remove(key);
        else _hostsOf[key] = after;
        foreach (var host in before.Except(after))
        {
            var left = _usersOf.AddOrUpdate(host, [], (_, users) => users.Remove(key));
            if (!left.IsEmpty) continue;
            lock (_forgetting)
            {
                _usersOf.TryRemove(host, out _);
                _failures.TryRemove(host, out _);
                _work.Stop(host);
                _table.Remove(host);
            }
        }

        foreach (var host in after.Except(before))
        {
            _usersOf.AddOrUpdate(host, [key], (_, users) => users.Add(key));
            if (!_table.Find(host).IsEmpty) _trigger.Trigger(AddressReporter.ReconcilerName, key.ToString(), TimeSpan.Zero);
            _work.Start(host, TimeSpan.Zero);
        }
    }

    private async Task<TimeSpan?> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (!_usersOf.ContainsKey(host)) return null;
        var failures = await LookUpAsync(host, cancellationToken).ConfigureAwait(false);
        var interval = new Backoff(_options.ResolveInterval, _options.LongestResolveInterval).Full(failures + 1);
        return Backoff.Around(interval, 0.2, Random.Shared);
    }

    private async Task<int> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        var lookup = _lookup.LookUpAsync(host);
        try
        {
            var found = await lookup.WaitAsync(_options.ResolveTimeout, _time, cancellationToken).ConfigureAwait(false);
            ImmutableArray<string> addresses = [
                .. found.Select(address => address.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (addresses.IsEmpty) return Failed(host, "it has no address");
            _failures.TryRemove(host, out _);
            ProbingTelemetry.Resolved.Add(1, new KeyValuePair<string, object?>("outcome", "found"));
            if (!Take(host, addresses, out var users)) return 0;
            LogResolved(host, string.Join(", ", addresses));
            foreach (var user in users) _trigger.Trigger(AddressReporter.ReconcilerName, user.ToString(), TimeSpan.Zero);
            return 0;
        }
        catch (SocketException exception)
        {
            return Failed(host, exception.Message);
        }
        catch (TimeoutException)
        {
            // The system's look-up cannot be called off. Its place stays taken until it ends, so that hanging ones never pile up.
            var failures = Failed(host, $"no answer within {_options.ResolveTimeout}");
            await ((Task)lookup).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return failures;
        }
    }

    // A name that nobody has any more, given up while it was looked up, must not come back.
    private bool Take(string host, ImmutableArray<string> addresses, out ImmutableHashSet<ServiceKey> users)
    {
        lock (_forgetting) return _usersOf.TryGetValue(host, out users!) && _table.Set(host, addresses);
    }

    private int Failed(string host, string reason)
    {
        ProbingTelemetry.Resolved.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
        int failures;
        lock (_forgetting)
        {
            if (!_usersOf.ContainsKey(host)) return 0;
            failures = _failures.AddOrUpdate(host, 1, (_, before) => before + 1);
        }

        if (failures == 1) LogNotResolved(host, reason, _table.Find(host).Length);
        return failures;
    }
}
