using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Mesh.Tests.Messaging.Kafka;

/// <summary>
/// Makes librdkafka's own broker answer with errors (<c>rd_kafka_mock_push_request_errors_array</c>). The .NET client does not
/// show these functions, so they are looked up in the library that it has loaded.
/// </summary>
internal static class BrokerFaults
{
    /// <summary>Key of Kafka's Produce request (KIP-98 numbers it 0).</summary>
    public const short Produce = 0;

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint HandleMockCluster(nint client);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void PushRequestErrors(nint cluster, short apiKey, nuint count, int[] errors);

    /// <summary>The next requests of that kind are answered with <paramref name="errors"/>, one after another.</summary>
    public static void Push(Handle broker, short apiKey, params ErrorCode[] errors)
    {
        var library = NativeLibrary.Load(LoadedLibrary());
        var handle = (SafeHandle)typeof(Handle).GetProperty("LibrdkafkaHandle",
            BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(broker)!;
        var cluster = Function<HandleMockCluster>(library, "rd_kafka_handle_mock_cluster")(handle.DangerousGetHandle());
        Assert.NotEqual(0, cluster);
        Function<PushRequestErrors>(library, "rd_kafka_mock_push_request_errors_array")(cluster, apiKey, (nuint)errors.Length,
            [.. errors.Select(error => (int)error)]);
    }

    private static T Function<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private static string LoadedLibrary() =>
        File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .First(path => path.Contains("librdkafka", StringComparison.Ordinal));
}
