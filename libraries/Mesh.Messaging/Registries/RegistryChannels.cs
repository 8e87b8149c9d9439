using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Kernel.Replication;

namespace Mesh.Messaging.Registries;

/// <summary>
/// The connections of a process to the Registries, one each for everything that it asks of them: the log, commands, writes that are passed
/// on. Of several Registries one is in use until it fails; whoever meets the failure turns to the next, for all. Flow step 1.
/// </summary>
public sealed class RegistryChannels : IDisposable
{
    private readonly IReadOnlyList<Uri> _addresses;
    private readonly GrpcChannel[] _channels;
    private readonly CallInvoker[] _invokers;
    private int _current;

    /// <summary>Connects on first use.</summary>
    public RegistryChannels(ReplicaOptions options)
    {
        _addresses = options.Registries;
        _channels = [.. _addresses.Select(Open)];
        _invokers = [.. _channels.Select(channel => channel.CreateCallInvoker())];
    }

    /// <summary>How many Registries there are.</summary>
    public int Count => _addresses.Count;

    /// <summary>The one in use.</summary>
    public RegistryChannel Current
    {
        get
        {
            var turn = Volatile.Read(ref _current);
            var index = (int)((uint)turn % (uint)_addresses.Count);
            return new(turn, _addresses[index], _invokers[index]);
        }
    }

    /// <summary>Turns to the next Registry. Of several that met the same failure, only the first one turns.</summary>
    public void TurnFrom(RegistryChannel failed) => Interlocked.CompareExchange(ref _current, failed.Turn + 1, failed.Turn);

    /// <summary>Makes a call at the Registry in use, and at the others in turn where one fails so that another may be asked.</summary>
    /// <param name="call">Makes the call.</param>
    /// <param name="mayGoOn">Whether another Registry may be asked after this failure.</param>
    /// <exception cref="RpcException">The call was refused, or no Registry could be reached: as the last one failed.</exception>
    public async Task<T> CallAsync<T>(Func<RegistryChannel, Task<T>> call, Func<RpcException, bool> mayGoOn)
    {
        for (var tried = 1; ; tried++)
        {
            var registry = Current;
            try
            {
                return await call(registry).ConfigureAwait(false);
            }
            catch (RpcException exception) when (mayGoOn(exception))
            {
                TurnFrom(registry);
                if (tried >= Count) throw;
            }
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }

    /// <summary>What a failed call tells of its Registry.</summary>
    public static RegistryReach ReachOf(RpcException failure) => failure.Status.DebugException switch
    {
        { } why when NeverConnected(why) => RegistryReach.NotReached,
        { } when failure.StatusCode == StatusCode.Unavailable => RegistryReach.BrokeOff,
        { } why when failure.StatusCode == StatusCode.Internal && FellSilent(why) => RegistryReach.BrokeOff,
        _ => RegistryReach.Answered,
    };

    // The channel connects by itself and says why it could not; the rest is the handler's way of saying so. Where a connection breaks under
    // a call, the same lies within an error of reading or writing.
    private static bool NeverConnected(Exception why) => why is SocketException or TimeoutException
        or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        or OperationCanceledException { InnerException: TimeoutException };

    // Pings without an answer end a connection; gRPC takes that for a fault of the protocol and calls it internal.
    private static bool FellSilent(Exception why) => why is HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError }
        or HttpIOException { HttpRequestError: HttpRequestError.HttpProtocolError };

    private static GrpcChannel Open(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        // A command is never cut, so a message is as large as the largest command.
        MaxReceiveMessageSize = null,
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            EnableMultipleHttp2Connections = true,
            // A Registry that is frozen or cut off must be noticed: TailLog sends heads every second, so silence means death.
            KeepAlivePingDelay = TimeSpan.FromSeconds(2),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(2),
        },
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
        MaxReconnectBackoff = TimeSpan.FromSeconds(1),
    });
}

/// <summary>One Registry as it is in use.</summary>
/// <param name="Turn">How often it had been turned to the next one before.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Invoker">Makes calls to it.</param>
public readonly record struct RegistryChannel(int Turn, Uri Address, CallInvoker Invoker);

/// <summary>How far a call that failed had come.</summary>
public enum RegistryReach
{
    /// <summary>The Registry, or the caller's own cancellation or deadline, ended it.</summary>
    Answered,

    /// <summary>There was no connection: the Registry knows nothing of it.</summary>
    NotReached,

    /// <summary>The connection broke under it: whether the Registry acted cannot be known.</summary>
    BrokeOff,
}
