using Mesh.Kernel.Log;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Reconciling;

/// <summary>One visit of a reconciler to a resource.</summary>
public sealed class ReconcileContext
{
    private readonly CommandSender _sender;
    private readonly LogEntry? _cause;
    private readonly ReconcileKey _key;

    internal ReconcileContext(ReconcileKey key, MeshState state, LogEntry? cause, CommandSender sender)
    {
        _key = key;
        _cause = cause;
        _sender = sender;
        State = state;
    }

    /// <summary>The replica's state; read it once, so that what is decided and what is named in the command's key are the same.</summary>
    public MeshState State { get; }

    /// <summary>The resource to look at.</summary>
    public string Resource => _key.Resource;

    /// <summary>Sends a command to a Registry, at most once for equal keys.</summary>
    /// <exception cref="Grpc.Core.RpcException">Refused, or no Registry answers: let it through, the visit is repeated later.</exception>
    /// <exception cref="ParkedException">This key sends too much, or the chain of causes is too long: let it through.</exception>
    public ValueTask<TReply> SendAsync<TReply>(CommandCall<TReply> call, CancellationToken cancellationToken) =>
        _sender.SendAsync(_key, State, _cause, call, cancellationToken);
}

/// <summary>The key may send no more commands until somebody has looked at it.</summary>
/// <param name="reason">For people.</param>
public sealed class ParkedException(string reason) : Exception(reason);
