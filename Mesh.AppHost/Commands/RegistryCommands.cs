using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;
using Microsoft.Extensions.DependencyInjection;

#pragma warning disable ASPIREINTERACTION001 // the only way to ask for an instance in the dashboard

namespace Mesh.AppHost.Commands;

/// <summary>What a person may want to do with a mesh from the dashboard; each is one call of the registry's public interface.</summary>
internal static class RegistryCommands
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(2) };

    public static IResourceBuilder<IMeshHost> WithRegistryCommands(this IResourceBuilder<IMeshHost> registry) => registry
        .WithCommand("drain-instance", "Drain an instance", context => SetMode(context, registry.Resource, "draining"), new CommandOptions
        {
            Description = "Gives an instance, or all of a service, no new requests; those under way are finished.",
            IconName = "PauseCircle",
            UpdateState = WhenHealthy,
        })
        .WithCommand("resume-instance", "Resume an instance", context => SetMode(context, registry.Resource, "active"), new CommandOptions
        {
            Description = "Ends draining or maintenance.",
            IconName = "PlayCircle",
            UpdateState = WhenHealthy,
        })
        .WithCommand("verify-log", "Verify the log", context => Verify(context, registry.Resource), new CommandOptions
        {
            Description = "Reads the whole log and checks that every entry follows from the one before.",
            IconName = "ShieldCheckmark",
            UpdateState = WhenHealthy,
        });

    private static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> SetMode(ExecuteCommandContext context, IMeshHost registry, string mode)
    {
        var asked = await context.Services.GetRequiredService<IInteractionService>().PromptInputsAsync(
            mode == "active" ? "Resume" : "Drain",
            "Which instance?",
            [
                new InteractionInput { Name = "service", Label = "Service", InputType = InputType.Text, Required = true, Placeholder = "hello" },
                new InteractionInput { Name = "instance", Label = "Instance", InputType = InputType.Text, Placeholder = "all of them" },
            ],
            cancellationToken: context.CancellationToken);
        if (asked.Canceled)
            return CommandResults.Canceled();
        var body = new JsonObject { ["name"] = asked.Data[0].Value, ["mode"] = mode };
        if (asked.Data[1].Value is { Length: > 0 } instance)
            body["instanceId"] = instance;
        using var answer = await Http.PostAsJsonAsync($"{registry.Url("http")}/api/discovery/mode", body, context.CancellationToken);
        return await Told(answer, context.CancellationToken);
    }

    private static async Task<ExecuteCommandResult> Verify(ExecuteCommandContext context, IMeshHost registry)
    {
        using var answer = await Http.GetAsync($"{registry.Url("http")}/api/v1/log/verify", context.CancellationToken);
        return await Told(answer, context.CancellationToken);
    }

    private static string Reason(string problem)
    {
        try
        {
            return JsonNode.Parse(problem) is JsonObject details && (details["detail"] ?? details["title"]) is { } reason ? $"{reason}" : "Refused";
        }
        catch (System.Text.Json.JsonException)
        {
            return "Refused";
        }
    }

    private static async Task<ExecuteCommandResult> Told(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? CommandResults.Success("Done", text, CommandResultFormat.Json) : CommandResults.Failure(Reason(text), text, CommandResultFormat.Json);
    }
}
