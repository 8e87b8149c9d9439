using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;

namespace Mesh.AppHost.Commands;

/// <summary>What a person may want to do with a gateway from the dashboard; each is one call of its admin port.</summary>
internal static class GatewayCommands
{
    private static readonly HttpClient Admin = new() { Timeout = TimeSpan.FromMinutes(2) };

    public static IResourceBuilder<IMeshHost> WithGatewayCommands(this IResourceBuilder<IMeshHost> gateway) => gateway
        .WithCommand("reload", "Reload the configuration", context => ReloadAsync(context, gateway.Resource), new CommandOptions
        {
            Description = "Has the control plane send everything again. Requests are served meanwhile.",
            IconName = "ArrowSync",
            UpdateState = Calls.WhenHealthy,
        });

    // The admin port is no part of the public interface.
    private static async Task<ExecuteCommandResult> ReloadAsync(ExecuteCommandContext context, IMeshHost gateway)
    {
        using var answer = await Admin.PostAsync($"{gateway.Url("admin")}/reload", null, context.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(context.CancellationToken);
        if (!answer.IsSuccessStatusCode) return CommandResults.Failure($"The gateway answered {(int)answer.StatusCode}: {text}");
        return text.Length == 0 ? CommandResults.Success() : CommandResults.Success("Done", text, CommandResultFormat.Json);
    }
}
