namespace Mesh.Cli.Running;

/// <summary>An expected failure: what to tell, and how to end.</summary>
/// <param name="code">Exit code.</param>
/// <param name="message">For people: what happened, where, what to do.</param>
/// <param name="body">The mesh's own answer (JSON), for <c>-o json</c>; null if it gave none.</param>
internal sealed class CliFailure(ExitCode code, string message, ReadOnlyMemory<byte>? body = null) : Exception(message)
{
    public ExitCode Code { get; } = code;

    public ReadOnlyMemory<byte>? Body { get; } = body;
}
