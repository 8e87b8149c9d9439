using Mesh.Api.Client.Errors;
using Mesh.Cli.Running;

namespace Mesh.Cli.Http;

/// <summary>What a call that has not succeeded means for the command: what to print, and how to end.</summary>
internal static class ApiFailures
{
    private const string HowToStart =
        "\n  Is it running? Name another one with --registry URL or MESH_REGISTRY, or start one: dotnet run --project Mesh.AppHost";

    public static CliFailure Of(MeshApiException unanswered) => unanswered switch
    {
        MeshRefusedException { Problem: not null } refused => new(ExitCode.Failed, refused.Message, refused.Body),
        MeshUnreachableException { Reason: UnreachableReason.NotConnected } => new(ExitCode.Unreachable, unanswered.Message + HowToStart),
        MeshUnreachableException => new(ExitCode.Unreachable, unanswered.Message),
        MeshAnswerException => new(ExitCode.Failed, $"{unanswered.Message} Is it a Cdaprod mesh of this version?"),
        _ => new(ExitCode.Failed, unanswered.Message),
    };
}
