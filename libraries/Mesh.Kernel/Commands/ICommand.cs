using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.State;

namespace Mesh.Kernel.Commands;

/// <summary>A wish to change the mesh (Flow step 1). A record of its inputs and one pure decision.</summary>
public interface ICommand
{
    /// <summary>For traces and metrics, such as <c>discovery.register</c>.</summary>
    string Name { get; }

    /// <summary>JSON shape of the answer, needed to keep it under an Idempotency-Key; null if the command has none.</summary>
    JsonTypeInfo? AnswerType { get; }

    /// <summary>
    /// The stream that the decision rests on, null if there is no single one. Where it holds entries that this build does not know or
    /// could not fold, the command is refused before it is decided; streams of events are checked in any case.
    /// </summary>
    string? Stream => null;

    /// <summary>Prefix of further streams that the decision rests on, such as those of all instances of a service; null for none.</summary>
    string? StreamsUnder => null;

    /// <summary>
    /// Decides (Flow step 2). Pure: no clock, no I/O, no randomness; all it needs is in the arguments. What is already so yields
    /// <see cref="Decision.Unchanged"/>.
    /// </summary>
    Decision Decide(MeshState state, DecisionContext context);
}

/// <summary>A command whose every decision that is not a refusal carries an answer of this type.</summary>
/// <typeparam name="TAnswer">What it answers besides whether something changed.</typeparam>
public interface ICommand<TAnswer> : ICommand where TAnswer : class
{
    /// <summary>JSON shape of the answer, needed to keep it under an Idempotency-Key.</summary>
    new JsonTypeInfo<TAnswer> AnswerType { get; }

    JsonTypeInfo? ICommand.AnswerType => AnswerType;
}

/// <summary>What a decision may know besides the state.</summary>
/// <param name="Time">UTC, never earlier than the log's last entry.</param>
/// <param name="Actor">Who asks.</param>
/// <param name="NextSequence">The sequence that the first event of this command would get.</param>
public sealed record DecisionContext(DateTimeOffset Time, string Actor, long NextSequence);
