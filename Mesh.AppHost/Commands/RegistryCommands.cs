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
    public static IResourceBuilder<IMeshHost> WithRegistryCommands(this IResourceBuilder<IMeshHost> registry) => registry
        .WithCommand("drain-instance", "Drain an instance", context => SetMode(context, registry.Resource, "draining"), new CommandOptions
        {
            Description = "Gives an instance, or all of a service, no new requests; those under way are finished.",
            IconName = "PauseCircle",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("resume-instance", "Resume an instance", context => SetMode(context, registry.Resource, "active"), new CommandOptions
        {
            Description = "Ends draining or maintenance.",
            IconName = "PlayCircle",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("verify-log", "Verify the log", context => Verify(context, registry.Resource), new CommandOptions
        {
            Description = "Reads the whole log and checks that every entry follows from the one before.",
            IconName = "ShieldCheckmark",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("rotate-intermediate", "Rotate the intermediate", context => Rotate(context, registry.Resource), new CommandOptions
        {
            Description = "Has the certificate authority sign with a new intermediate from now on. Certificates that are out stay valid.",
            ConfirmationMessage = "Make a new intermediate, which signs from now on?",
            IconName = "KeyReset",
            UpdateState = Calls.WhenHealthy,
        });

    private static async Task<ExecuteCommandResult> SetMode(ExecuteCommandContext context, IMeshHost registry, string mode)
    {
        var asked = await context.Services.GetRequiredService<IInteractionService>().PromptInputsAsync(
            mode == "active" ? "Resume" : "Drain",
            "Which instance?",
            [
                new InteractionInput
                {
                    Name = "service",
                    Label = "Service",
                    InputType = InputType.Text,
                    Required = true,
                    Placeholder = "hello",
                },
                new InteractionInput { Name = "instance", Label = "Instance", InputType = InputType.Text, Placeholder = "all of them" },
            ],
            cancellationToken: context.CancellationToken);
        if (asked.Canceled)
            return CommandResults.Canceled();
        var body = new JsonObject { ["name"] = asked.Data[0].Value, ["mode"] = mode };
        if (asked.Data[1].Value is { Length: > 0 } instance)
            body["instanceId"] = instance;
        using var answer = await Calls.Http.PostAsJsonAsync($"{registry.Url("http")}/api/discovery/mode", body, context.CancellationToken);
        return await Calls.ResultOf(answer, context.CancellationToken);
    }

    private static async Task<ExecuteCommandResult> Rotate(ExecuteCommandContext context, IMeshHost registry)
    {
        using var answer = await Calls.Http.PostAsJsonAsync($"{registry.Url("http")}/api/security/ca/rotate", new JsonObject(),
            context.CancellationToken);
        return await Calls.ResultOf(answer, context.CancellationToken);
    }

    private static async Task<ExecuteCommandResult> Verify(ExecuteCommandContext context, IMeshHost registry)
    {
        using var answer = await Calls.Http.GetAsync($"{registry.Url("http")}/api/v1/log/verify", context.CancellationToken);
        return await Calls.ResultOf(answer, context.CancellationToken);
    }
}
