using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds something that is there already, by a connection string that whoever deploys is asked for; the local engine refuses it.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddResource<IResourceWithConnectionString>(new AskedConnectionString(name));

    private sealed class AskedConnectionString(string name) : Resource(name), IResourceWithConnectionString
    {
        public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
            throw new NotSupportedException($"The local engine asks nobody for '{Name}'. Leave it out, or build with -p:UseAspire=true.");
    }
}
