using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;

namespace Mesh.AppHost.Running;

/// <summary>
/// Gives Aspire's dashboard the commands that every other resource has, so that a dashboard that has ended can be started again. Aspire
/// leaves them out by an annotation of an internal type, since nobody could see them in a dashboard that is gone.
/// </summary>
internal sealed class DashboardCommands : IDistributedApplicationEventingSubscriber
{
    /// <summary>What Aspire names it.</summary>
    public const string Resource = "aspire-dashboard";

    private const string LeavesOut = "ExcludeLifecycleCommandsAnnotation";

    public Task SubscribeAsync(IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
    {
        // Subscribed after Aspire's own, which adds the resource.
        eventing.Subscribe<BeforeStartEvent>((starting, _) =>
        {
            foreach (var dashboard in starting.Model.Resources.Where(resource => resource.Name == Resource))
            {
                foreach (var annotation in dashboard.Annotations.Where(annotation => annotation.GetType().Name == LeavesOut).ToList())
                    dashboard.Annotations.Remove(annotation);
            }

            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }
}
