using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Mesh.Kernel.Feeds;
using Mesh.Kernel.Log;
using Mesh.Kernel.Replication;
using Wire = Mesh.Contracts.V1;

namespace Mesh.Messaging.Registries;

/// <summary>The log over <c>cdaprod.mesh.v1.Log</c>. Of several Registries one is used until it fails, then the next.</summary>
internal sealed class GrpcLogClient(RegistryChannels registries, TimeProvider time) : ILogClient
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    public string Description => registries.Current.Address.ToString();

    public async ValueTask<LogPosition> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var at = registries.Current;
        try
        {
            return EntryWire.FromHead(
                await Client(at).GetHeadAsync(new(), deadline: Deadline(), cancellationToken: cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(at, exception, cancellationToken);
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<LogEntry>> ReadAsync(long afterSequence, int limit,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = registries.Current;
        using var call = Client(at).ReadLog(new() { AfterSequence = afterSequence, Limit = limit }, cancellationToken: cancellationToken);
        while (await NextAsync(call.ResponseStream, at, cancellationToken).ConfigureAwait(false) is { } page) yield return page.Entries;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> LoadSnapshotAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var at = registries.Current;
        try
        {
            using var call = Client(at).GetSnapshot(new() { Fingerprint = fingerprint }, cancellationToken: cancellationToken);
            using var bytes = new MemoryStream();
            while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
                bytes.Write(call.ResponseStream.Current.Data.Span);
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
        var at = registries.Current;
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

    private async ValueTask<LogPage?> NextAsync(IAsyncStreamReader<Wire.LogEntries> stream, RegistryChannel at,
        CancellationToken cancellationToken)
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

    private static Wire.Log.LogClient Client(RegistryChannel at) => new(at.Invoker);

    private DateTime Deadline() => time.GetUtcNow().UtcDateTime + CallTimeout;

    private static bool IsFailure(Exception exception) =>
        exception is RpcException or IOException or HttpRequestException or SocketException or FormatException;

    private Exception Failed(RegistryChannel at, Exception exception, CancellationToken cancellationToken)
    {
        // gRPC reports the caller's own cancellation as an RpcException too; that one must stay a cancellation.
        if (exception is RpcException && cancellationToken.IsCancellationRequested)
            return new OperationCanceledException(exception.Message, exception, cancellationToken);

        registries.TurnFrom(at);
        var reason = exception is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : exception.Message;
        return new LogUnavailableException($"{at.Address} does not serve its log: {reason}", exception);
    }
}
