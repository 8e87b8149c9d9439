using System.ComponentModel.DataAnnotations;
using Mesh.Kernel;

namespace Mesh.Tests.Kernel.State;

public sealed class KernelOptionsTests
{
    [Fact]
    public void Times_have_bounds_too()
    {
        Assert.Empty(FaultsOf(new()));
        Assert.Equal(nameof(KernelOptions.CommandRetention), Assert.Single(FaultsOf(new() { CommandRetention = TimeSpan.Zero })));
        Assert.Equal(nameof(KernelOptions.SharedPoll), Assert.Single(FaultsOf(new() { SharedPoll = TimeSpan.Zero })));
    }

    private static IEnumerable<string> FaultsOf(KernelOptions options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return faults.SelectMany(fault => fault.MemberNames);
    }
}
