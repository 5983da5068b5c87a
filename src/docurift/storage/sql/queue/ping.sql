select from pgqueuer limit 0
