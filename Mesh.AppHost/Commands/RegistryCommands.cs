using Mesh.AppHost.Contexts;
using Mesh.AppHost.Resources;
using Mesh.Contracts.Rest;
using Mesh.Contracts.Security;
using Microsoft.Extensions.DependencyInjection;

#pragma warning disable ASPIREINTERACTION001 // the only way to ask for an instance in the dashboard

namespace Mesh.AppHost.Commands;

/// <summary>What a person may want to do with a mesh from the dashboard; each is one call of the registry's public interface.</summary>
internal static class RegistryCommands
{
    public static IResourceBuilder<IMeshHost> WithRegistryCommands(this IResourceBuilder<IMeshHost> registry) => registry
        .WithCommand("drain-instance", "Drain an instance", context => SetModeAsync(context, registry.Resource, "draining"), new()
        {
            Description = "Gives an instance, or all of a service, no new requests; active ones are finished.",
            IconName = "PauseCircle",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("resume-instance", "Resume an instance", context => SetModeAsync(context, registry.Resource, "active"), new()
        {
            Description = "Ends draining or maintenance.",
            IconName = "PlayCircle",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("verify-log", "Verify the log", context => VerifyAsync(context, registry.Resource), new CommandOptions
        {
            Description = "Reads the whole log and checks that every entry follows from the one before.",
            IconName = "ShieldCheckmark",
            UpdateState = Calls.WhenHealthy,
        })
        .WithCommand("rotate-intermediate", "Rotate the intermediate", context => RotateAsync(context, registry.Resource), new()
        {
            Description = "Has the certificate authority sign with a new intermediate from now on. Certificates that are out stay valid.",
            ConfirmationMessage = "Make a new intermediate, which signs from now on?",
            IconName = "KeyReset",
            UpdateState = Calls.WhenHealthy,
        });

    private static async Task<ExecuteCommandResult> SetModeAsync(ExecuteCommandContext context, IMeshHost registry, string mode)
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
        var instance = asked.Data[1].Value is { Length: > 0 } one ? one : null;
        using var client = Calls.Registry(registry.Url("http"));
        return await Calls.ResultOfAsync(client.Discovery.SetModeAsync(
            new ModeRequest { Name = asked.Data[0].Value ?? "", InstanceId = instance, Mode = mode },
            cancellationToken: context.CancellationToken));
    }

    private static async Task<ExecuteCommandResult> RotateAsync(ExecuteCommandContext context, IMeshHost registry)
    {
        using var client = Calls.Registry(registry.Url("http"));
        return await Calls.ResultOfAsync(client.Authority.RotateAsync(
            new RotateAuthorityBody(), cancellationToken: context.CancellationToken));
    }

    private static async Task<ExecuteCommandResult> VerifyAsync(ExecuteCommandContext context, IMeshHost registry)
    {
        using var client = Calls.Registry(registry.Url("http"));
        return await Calls.ResultOfAsync(client.Log.VerifyAsync(context.CancellationToken));
    }
}
