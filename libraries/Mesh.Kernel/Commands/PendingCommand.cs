using System.Diagnostics;
using Mesh.Kernel.Log;

namespace Mesh.Kernel.Commands;

/// <summary>A command on its way through the writer. A null envelope only confirms the head.</summary>
internal sealed class PendingCommand(CommandEnvelope? envelope, ActivityContext parent)
{
    private readonly TaskCompletionSource<CommandOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommandEnvelope? Envelope { get; } = envelope;

    public ActivityContext Parent { get; } = parent;

    public Activity? Span { get; set; }

    public Task<CommandOutcome> Answer => _answer.Task;

    public CommandKey? Key => Envelope is { IdempotencyKey: { } key } ? new CommandKey(Envelope.Actor, key) : null;

    public void Complete(CommandOutcome outcome)
    {
        Span?.SetTag("mesh.sequence", outcome.Sequence).SetTag("mesh.changed", outcome.Changed).Dispose();
        _answer.TrySetResult(outcome);
    }

    public void Fail(Exception exception)
    {
        Span?.SetStatus(ActivityStatusCode.Error, exception.Message).Dispose();
        _answer.TrySetException(exception);
    }
}
