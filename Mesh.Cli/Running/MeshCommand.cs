using System.CommandLine;
using Mesh.Api.Client.Errors;
using Mesh.Cli.Http;

namespace Mesh.Cli.Running;

/// <summary>A command with examples, whose action gets a <see cref="Session"/>.</summary>
internal class MeshCommand(string name, string description) : Command(name, description)
{
    /// <summary>Shown by <c>--help</c>: arguments as typed, without the program's name.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Sets what the command does. Expected failures are thrown as <see cref="CliFailure"/>.</summary>
    public void Does(GlobalOptions globals, Func<Session, CancellationToken, Task> action) =>
        SetAction(async (parsed, cancellation) =>
        {
            var printer = new Output.Printer(parsed.GetValue(globals.Output), parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error);
            try
            {
                using var session = new Session(globals, parsed, printer);
                await action(session, cancellation);
                return (int)ExitCode.Done;
            }
            catch (CliFailure failure)
            {
                printer.Failure(failure);
                return (int)failure.Code;
            }
            catch (MeshApiException unanswered)
            {
                var failure = ApiFailures.Of(unanswered);
                printer.Failure(failure);
                return (int)failure.Code;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
            {
                printer.Failure(new CliFailure(ExitCode.Failed, $"failed: {fault.Message}"));
                return (int)ExitCode.Failed;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                printer.Say("interrupted");
                return (int)ExitCode.Failed;
            }
        });
}
