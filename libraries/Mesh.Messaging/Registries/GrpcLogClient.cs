using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Wire = Mesh.Contracts.V1;

namespace Mesh.Messaging.Registries;

/// <summary>The log over <c>cdaprod.mesh.v1.Log</c>. Of several Registries one is used until it fails, then the next.</summary>
internal sealed class GrpcLogClient : ILogClient, IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);
    private readonly GrpcChannel[] _channels;
    private readonly Wire.Log.LogClient[] _clients;
    private readonly IReadOnlyList<Uri> _addresses;
    private readonly TimeProvider _time;
    private int _current;

    public GrpcLogClient(ReplicaOptions options, TimeProvider time)
    {
        _time = time;
        _addresses = options.Registries;
        _channels = [.. options.Registries.Select(address => GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            // A command is never cut, so a message is as large as the largest command.
            MaxReceiveMessageSize = null,
            HttpHandler = new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(2),
                // A Registry that is frozen or cut off must be noticed: TailLog sends heads every second, so silence means death.
                KeepAlivePingDelay = TimeSpan.FromSeconds(2),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(2),
            },
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(100),
        }))];
        _clients = [.. _channels.Select(channel => new Wire.Log.LogClient(channel))];
    }

    public string Description => _addresses[Current].ToString();

    private int Current => (int)((uint)Volatile.Read(ref _current) % (uint)_addresses.Count);

    public async ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _current);
        try
        {
            return EntryWire.FromHead(await Client(at).GetHeadAsync(new(), deadline: Deadline(), cancellationToken: cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(at, exception, cancellationToken);
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _current);
        using var call = Client(at).ReadLog(new() { AfterSequence = afterSequence, Limit = limit }, cancellationToken: cancellationToken);
        while (await NextAsync(call.ResponseStream, at, cancellationToken).ConfigureAwait(false) is { } page) yield return page.Entries;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _current);
        try
        {
            using var call = Client(at).GetSnapshot(new() { Fingerprint = fingerprint }, cancellationToken: cancellationToken);
            using var bytes = new MemoryStream();
            while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)) bytes.Write(call.ResponseStream.Current.Data.Span);
            return bytes.ToArray();
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(at, exception, cancellationToken);
        }
    }

    public async IAsyncEnumerable<LogPage> TailAsync(LogPosition after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _current);
        var request = new Wire.TailLogRequest
        {
            LogId = after.Log.LogId.ToString("D"),
            Epoch = after.Log.Epoch,
            AfterSequence = after.Sequence,
            AfterHash = Google.Protobuf.ByteString.CopyFrom(after.Hash.ToArray()),
        };
        using var call = Client(at).TailLog(request, cancellationToken: cancellationToken);
        while (await NextAsync(call.ResponseStream, at, cancellationToken).ConfigureAwait(false) is { } page) yield return page;
        throw Failed(at, new LogUnavailableException("the stream was closed"), cancellationToken);
    }

    public void Dispose()
    {
        foreach (var channel in _channels) channel.Dispose();
    }

    private async ValueTask<LogPage?> NextAsync(IAsyncStreamReader<Wire.LogEntries> stream, int at, CancellationToken cancellationToken)
    {
        try
        {
            if (!await stream.MoveNext(cancellationToken).ConfigureAwait(false)) return null;
            var message = stream.Current;
            return new LogPage(EntryWire.FromHead(message.Head), [.. message.Entries.Select(EntryWire.FromMessage)]);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new AnotherLogException(exception.Status.Detail);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(at, exception, cancellationToken);
        }
    }

    private Wire.Log.LogClient Client(int at) => _clients[(uint)at % (uint)_clients.Length];

    private DateTime Deadline() => _time.GetUtcNow().UtcDateTime + CallTimeout;

    private static bool IsFailure(Exception exception) => exception is RpcException or IOException or HttpRequestException or SocketException or FormatException;

    private Exception Failed(int at, Exception exception, CancellationToken cancellationToken)
    {
        // gRPC reports the caller's own cancellation as an RpcException too; that one must stay a cancellation.
        if (exception is RpcException && cancellationToken.IsCancellationRequested) return new OperationCanceledException(exception.Message, exception, cancellationToken);

        // Only the caller that met the failure turns the wheel, however many meet it.
        Interlocked.CompareExchange(ref _current, at + 1, at);
        var reason = exception is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : exception.Message;
        return new LogUnavailableException($"{_addresses[(int)((uint)at % (uint)_addresses.Count)]} does not serve its log: {reason}", exception);
    }
}
