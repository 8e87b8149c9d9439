using System.Text;
using Mesh.Api.Client;
using Mesh.Api.Client.Errors;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Mesh.AppHost.Commands;

/// <summary>What a command of the dashboard makes of an answer.</summary>
internal static class Calls
{
    // A person waits: what takes long is a whole log that is read.
    private static readonly MeshApiOptions Patient = new() { AttemptTimeout = TimeSpan.FromMinutes(2), Patience = TimeSpan.Zero };

    /// <summary>The public interface of a registry.</summary>
    public static MeshApiClient Registry(string url) => new(new Uri(url), Patient);

    public static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    /// <summary>The answer as it came, or why there is none.</summary>
    public static async Task<ExecuteCommandResult> ResultOfAsync<T>(Task<ApiAnswer<T>> call)
    {
        try
        {
            return CommandResults.Success("Done", Encoding.UTF8.GetString((await call).Body.Span), CommandResultFormat.Json);
        }
        catch (MeshRefusedException refused)
        {
            var reason = refused.Problem is { } problem ? problem.Detail ?? problem.Title ?? "Refused" : "Refused";
            return CommandResults.Failure(reason, Encoding.UTF8.GetString(refused.Body.Span), CommandResultFormat.Json);
        }
        catch (MeshApiException unanswered)
        {
            return CommandResults.Failure(unanswered.Message);
        }
    }
}
