using Mesh.Kernel.Log;

namespace Mesh.Kernel.Commands;

/// <summary>What a command comes to: refused, unchanged, or events.</summary>
public sealed record Decision
{
    private Decision(Refusal? refusal, IReadOnlyList<NewEvent> events, object? answer)
    {
        Refusal = refusal;
        Events = events;
        Answer = answer;
    }

    /// <summary>All faults, if refused.</summary>
    public Refusal? Refusal { get; }

    /// <summary>What to append; empty if refused or unchanged.</summary>
    public IReadOnlyList<NewEvent> Events { get; }

    /// <summary>The command's own answer, of its <see cref="ICommand.AnswerType"/>.</summary>
    public object? Answer { get; }

    /// <summary>Refused with these faults.</summary>
    public static Decision Rejected(Refusal refusal) => new(refusal, [], null);

    /// <summary>Refused with one fault.</summary>
    public static Decision Rejected(RefusalKind kind, string field, string code, string message) =>
        Rejected(Refusal.Of(kind, field, code, message));

    /// <summary>It already is so.</summary>
    public static Decision Unchanged(object? answer = null) => new(null, [], answer);

    /// <summary>Append these, all or none.</summary>
    public static Decision Changed(IReadOnlyList<NewEvent> events, object? answer = null) =>
        events.Count == 0 ? Unchanged(answer) : new(null, events, answer);
}
