using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;

namespace Mesh.AppHost.Commands;

/// <summary>What a person may want to do with a gateway from the dashboard; each is one call of its admin port.</summary>
internal static class GatewayCommands
{
    public static IResourceBuilder<IMeshHost> WithGatewayCommands(this IResourceBuilder<IMeshHost> gateway) => gateway
        .WithCommand("reload", "Reload the configuration", context => Reload(context, gateway.Resource), new CommandOptions
        {
            Description = "Has the control plane send everything again. Requests are served meanwhile.",
            IconName = "ArrowSync",
            UpdateState = Calls.WhenHealthy,
        });

    private static async Task<ExecuteCommandResult> Reload(ExecuteCommandContext context, IMeshHost gateway)
    {
        using var answer = await Calls.Http.PostAsync($"{gateway.Url("admin")}/reload", null, context.CancellationToken);
        return await Calls.ResultOf(answer, context.CancellationToken);
    }
}
