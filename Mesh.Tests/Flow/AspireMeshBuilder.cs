using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Mesh.AppHost.Resources;

namespace Mesh.Tests.Flow;

/// <summary>How a test changes the mesh that it is about to start.</summary>
internal static class AspireMeshBuilder
{
    /// <summary>A host, or a sample.</summary>
    public static IResourceBuilder<IMeshHost> Host(this IDistributedApplicationTestingBuilder builder, string name) =>
        builder.CreateResourceBuilder((IMeshHost)builder.Resources.Single(resource => resource.Name == name));

    /// <summary>Environment variables of every part. Given last, they count.</summary>
    public static void WithSettings(this IDistributedApplicationTestingBuilder builder, params (string Name, string Value)[] settings)
    {
        foreach (var part in builder.Resources.OfType<IResourceWithEnvironment>().Select(builder.CreateResourceBuilder))
        {
            foreach (var (name, value) in settings) part.WithEnvironment(name, value);
        }
    }
}
