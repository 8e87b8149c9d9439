using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mesh.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Tests.Proxy.Support;

/// <summary>What one gateway of the test process counts from now on, by instrument and label.</summary>
internal sealed class GatewayCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, string[] Labels, long Value)> _counted = new();
    private readonly ConcurrentDictionary<string, long> _observed = new();

    public GatewayCounts(RunningGateway gateway)
    {
        var meters = gateway.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters) self.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            string[] labels = [.. tags.ToArray().Select(t => $"{t.Value}")];
            if (instrument.IsObservable)
                _observed[Key(instrument.Name, labels)] = value;
            else
                _counted.Enqueue((instrument.Name, labels, value));
        });
        _listener.SetMeasurementEventCallback<double>(
            (instrument, _, tags, _) => _counted.Enqueue((instrument.Name, [.. tags.ToArray().Select(t => $"{t.Value}")], 1)));
        _listener.Start();
    }

    /// <summary>The sum of what was counted under these labels, in any order; of durations, how many there were.</summary>
    public long Of(string name, params string[] labels)
    {
        _listener.RecordObservableInstruments();
        var full = $"cdaprod.mesh.gateway.{name}";
        return _counted.Where(c => c.Name == full && labels.All(c.Labels.Contains))
            .Sum(c => c.Value) + _observed.GetValueOrDefault(Key(full, labels));
    }

    public Task Within(long from, long to, string name, params string[] labels) => Eventually.True(
        () => Of(name, labels) is var sum && sum >= from && sum <= to, TimeSpan.FromSeconds(60),
        $"{name} of {string.Join(", ", labels)} is within {from} and {to}");

    public void Dispose() => _listener.Dispose();

    private static string Key(string name, string[] labels) => $"{name} {string.Join(' ', labels)}";
}
