using System.Net.Sockets;

namespace Mesh.Bench.Fleet;

/// <summary>Bytes that came over connections, with all framing.</summary>
internal sealed class ByteCount
{
    private long _received;

    public long Received => Interlocked.Read(ref _received);

    public void Add(int bytes) => Interlocked.Add(ref _received, bytes);
}

/// <summary>A connection whose bytes are counted.</summary>
internal sealed class CountedStream(Socket socket, ByteCount count) : NetworkStream(socket, ownsSocket: true)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        count.Add(read);
        return read;
    }
}
