using System.Diagnostics.Metrics;

namespace Mesh.Tests.Kernel.Replication;

/// <summary>Counts what the log service counts.</summary>
internal static class SlowConsumers
{
    private static long _count;
    private static readonly MeterListener Listener = Start();

    public static long Count => Listener is null ? 0 : Interlocked.Read(ref _count);

    private static MeterListener Start()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "cdaprod.mesh.log.slow_consumers") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
        listener.Start();
        return listener;
    }
}
