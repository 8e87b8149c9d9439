using System.Diagnostics.Metrics;

namespace Mesh.Tests.Support;

/// <summary>The meters of one object under test, for tests that start no host.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options.Name, options.Version, options.Tags, this);
        lock (_meters) _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        lock (_meters) _meters.ForEach(meter => meter.Dispose());
    }
}
